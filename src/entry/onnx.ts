/** @file Entry point `tapegrad/onnx`: models for ONNX Runtime and other programs, and from them. */
export {
  type DynamicAxes,
  type ExampleInputs,
  type ExportOptions,
  save,
  save as export,
  toBytes,
} from "../onnx/export.ts";
export { OnnxModule } from "../onnx/import/graph-module.ts";
export { type LoadOptions, load } from "../onnx/import/load.ts";
