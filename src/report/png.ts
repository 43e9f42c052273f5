import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

/**
 * A square image in greys as a PNG file (ISO/IEC 15948): 8 bits a pixel, rows from the top.
 *
 * @param pixels [side, side], 0 black
 */
export function png(pixels: Uint8Array, side: number): Buffer {
  // Width and height, then depth, colour type, compression, filter and interlace.
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header[8] = 8
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rowsOf(pixels, side))),
    chunk('IEND'),
  ])
}

/** Each row behind a byte that says that it is not filtered. */
function rowsOf(pixels: Uint8Array, side: number): Uint8Array {
  const rows = new Uint8Array(side * (side + 1))
  for (let y = 0; y < side; y++) rows.set(pixels.subarray(y * side, (y + 1) * side), y * (side + 1) + 1)
  return rows
}

function chunk(type: string, data: Uint8Array = new Uint8Array(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
