import { load } from '../load.js'
import { checkPlace, writeWhole } from '../wholefile.js'
import type { Call, Command } from './command.js'
import { UsageError } from './usage.js'

/** `ravine export MODEL --onnx FILE`; export itself is a word of the language. */
export const exportModel: Command = {
  usage: 'export MODEL --onnx FILE [options]',
  help: 'write a model for other tools',
  examples: [
    ['export model.safetensors --onnx model.onnx', 'for ONNX runtimes, numbers in'],
    ['export mnist.safetensors --onnx mnist.onnx --bytes', 'of a model of images: their bytes in'],
  ],
  options: ['onnx', 'bytes', 'quiet'],
  words: 1,
  run,
}

async function run({ settings: { onnx, bytes }, words: [path], voice }: Call): Promise<void> {
  if (path === undefined || onnx === undefined) throw new UsageError('expected export MODEL --onnx FILE')
  await checkPlace('export', onnx)
  const model = await load(path)
  await writeWhole('export', onnx, [model.toONNX({ bytes })])
  voice.say(`the model is in ${onnx}`)
}
