/** @file Entry point `tapegrad/onnx`: models for ONNX Runtime and other programs, and from them. */
export { type DynamicAxes, type ExampleInputs, type ExportOptions, save, toBytes } from "../onnx/export.ts";
