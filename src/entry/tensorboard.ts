/** @file Entry point `tapegrad/tensorboard`: event files for TensorBoard. */
export {
  type EmbeddingOptions,
  type EntryOptions,
  type HistogramOptions,
  type HParams,
  type HParamsOptions,
  type ImageFormat,
  type ImageOptions,
  type ImagesOptions,
  type ScalarValue,
  type StepOptions,
  SummaryWriter,
  type SummaryWriterOptions,
} from "../tensorboard/summary-writer.ts";
