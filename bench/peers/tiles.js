/** How much of k a panel of B spans: a panel then stays in the first cache. */
const SPAN = 512
let panels = new Float32Array(0)

/** out = A·B by tiles of 4×4 sums that stay in registers, B packed in panels of four columns: the fastest of six loops tried. m a multiple of 4. */
export function multiply(a, b, out, m, k, n) {
  const even = n - (n % 4)
  if (panels.length < SPAN * n) panels = new Float32Array(SPAN * n)
  out.fill(0)
  for (let from = 0; from < k; from += SPAN) {
    const span = Math.min(SPAN, k - from)
    pack(b, from, span, n, even)
    for (let i = 0; i < m; i += 4) {
      for (let j = 0; j < even; j += 4) tile(a, i * k + from, k, panels, j * span, span, out, i * n + j, n)
      for (let j = even; j < n; j++) column(a, i * k + from, k, b, from * n + j, span, out, i * n + j, n)
    }
  }
}

function pack(b, from, span, n, even) {
  for (let j = 0; j < even; j += 4) {
    for (let l = 0, to = j * span, at = from * n + j; l < span; l++, to += 4, at += n) {
      panels[to] = b[at]
      panels[to + 1] = b[at + 1]
      panels[to + 2] = b[at + 2]
      panels[to + 3] = b[at + 3]
    }
  }
}

function tile(a, row0, k, packed, panel, span, out, at, n) {
  const row1 = row0 + k
  const row2 = row1 + k
  const row3 = row2 + k
  let c00 = 0
  let c01 = 0
  let c02 = 0
  let c03 = 0
  let c10 = 0
  let c11 = 0
  let c12 = 0
  let c13 = 0
  let c20 = 0
  let c21 = 0
  let c22 = 0
  let c23 = 0
  let c30 = 0
  let c31 = 0
  let c32 = 0
  let c33 = 0
  for (let l = 0, p = panel; l < span; l++, p += 4) {
    const b0 = packed[p]
    const b1 = packed[p + 1]
    const b2 = packed[p + 2]
    const b3 = packed[p + 3]
    const a0 = a[row0 + l]
    const a1 = a[row1 + l]
    const a2 = a[row2 + l]
    const a3 = a[row3 + l]
    c00 += a0 * b0
    c01 += a0 * b1
    c02 += a0 * b2
    c03 += a0 * b3
    c10 += a1 * b0
    c11 += a1 * b1
    c12 += a1 * b2
    c13 += a1 * b3
    c20 += a2 * b0
    c21 += a2 * b1
    c22 += a2 * b2
    c23 += a2 * b3
    c30 += a3 * b0
    c31 += a3 * b1
    c32 += a3 * b2
    c33 += a3 * b3
  }
  add(out, at, c00, c01, c02, c03)
  add(out, at + n, c10, c11, c12, c13)
  add(out, at + 2 * n, c20, c21, c22, c23)
  add(out, at + 3 * n, c30, c31, c32, c33)
}

function add(out, at, c0, c1, c2, c3) {
  out[at] += c0
  out[at + 1] += c1
  out[at + 2] += c2
  out[at + 3] += c3
}

/** What is left of a row of tiles: one column of four rows. */
function column(a, row, k, b, top, span, out, at, n) {
  for (let r = 0; r < 4; r++) {
    let sum = 0
    for (let l = 0; l < span; l++) sum += a[row + r * k + l] * b[top + l * n]
    out[at + r * n] += sum
  }
}
