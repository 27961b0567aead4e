/** @file Entry point `tapegrad/io`: checkpoints, safetensors, npy and npz. */
export {
  type CheckpointOptions,
  type CheckpointParts,
  loadCheckpoint,
  type Stateful,
  saveCheckpoint,
} from "../io/checkpoint.ts";
export { decodeNpy, encodeNpy, type NpyOptions } from "../io/npy.ts";
export { decodeNpz, encodeNpz, type NpzOptions } from "../io/npz.ts";
export {
  type DecodeOptions,
  decodeSafetensors,
  encodeSafetensors,
  type Safetensors,
  type SafetensorsOptions,
  type TensorDict,
} from "../io/safetensors.ts";
export {
  type FileName,
  type FileSource,
  type LoadOptions,
  load,
  type MapLocation,
  type SaveOptions,
  save,
} from "../io/save.ts";
