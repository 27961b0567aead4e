/** @file Loads ONNX files as modules. */
import { keyword, required, signature } from "../../core/arguments.ts";
import type { DeviceChoice } from "../../core/device.ts";
import { aFileSource, type FileSource } from "../../core/file-kinds.ts";
import { aDevice } from "../../core/kinds.ts";
import { FormatError, readingAs } from "../../io/format-error.ts";
import { read } from "../../io/source.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type ModelCodec, type ModelProto, modelCodec } from "../messages.ts";
import { OnnxModule } from "./graph-module.ts";
import { type OnnxModel, readModel } from "./model.ts";

/** Options of {@link load}. */
export interface LoadOptions {
  /** Device of the parameters. Default "cpu". */
  readonly device?: DeviceChoice | undefined;
}

const LOAD = signature("onnx.load", { file: required(aFileSource), device: keyword(aDevice, "cpu") });

/**
 * Loads an ONNX model as a module: one that {@link save} wrote, or PyTorch or another program. It is in evaluation mode.
 *
 * Its floating-point tensors are parameters under the names that they have in the file, so that it can be trained further
 * (call `train()` first); running means and variances are buffers. Integers of 64 bits are int32.
 *
 * @typeParam Out - Expected result of `forward`: a tensor, or a list of them for several outputs. Not checked.
 * @param file - A path, a URL, bytes, or a Blob, File or Response.
 * @throws DataError that lists the operators that are not known, or says what is wrong with the file; without the package
 * `@bufbuild/protobuf`, too.
 * @example
 * const bytes = await onnx.toBytes(new nn.Sequential(new nn.Linear(4, 2)), ones(1, 4), { inputNames: ["x"] });
 * const model = await onnx.load(bytes);
 * model.inputNames; // ['x']
 * Object.keys(model.stateDict()); // ['0.weight', '0.bias']
 * model.forward(ones(1, 4)).shape; // [1, 2]
 */
export async function load<Out = Tensor>(file: FileSource, options?: LoadOptions): Promise<OnnxModule<Out>>;
export async function load(...args: readonly unknown[]): Promise<OnnxModule<unknown>> {
  const { file, device } = LOAD.read(args);
  const [{ name, bytes }, codec] = await Promise.all([read(LOAD.op, file), modelCodec(LOAD.op)]);
  const model = readingAs(LOAD.op, name, (): OnnxModel => readModel(decode(codec, bytes)));
  return new OnnxModule<unknown>(model, device);
}

function decode(codec: ModelCodec, bytes: Uint8Array): ModelProto {
  try {
    return codec.decode(bytes);
  } catch (cause) {
    throw new FormatError("this is no ONNX model, or it is damaged", { cause });
  }
}
