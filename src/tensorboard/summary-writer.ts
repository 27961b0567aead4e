/** @file SummaryWriter, as in torch.utils.tensorboard. */
import { keyword, optional, required, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import { aNumber, aString, either, type Kind, kind, nullable, oneOf, worded } from "../core/kinds.ts";
import { isRecord } from "../core/realm.ts";
import type { AnyModule } from "../nn/module.ts";
import { Module } from "../nn/module.ts";
import { hostAndProcess } from "../platform/append-file.ts";
import { encodePng } from "../platform/png.ts";
import { type TensorData, tensor } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { writeEmbedding, writeProjectorConfig } from "./embedding.ts";
import { EventFile, type EventFileOptions } from "./event-file.ts";
import { graphOf } from "./graph.ts";
import { histogramOf } from "./histogram.ts";
import type { Message } from "./messages.ts";

/** Options of {@link SummaryWriter}. */
export interface SummaryWriterOptions {
  /** Text behind the name of the folder, if none is given. Default "". */
  readonly comment?: string | undefined;
  /** Events that wait at most before they are written. Default 10. */
  readonly maxQueue?: number | undefined;
  /** Seconds that an event waits at most. Default 120. */
  readonly flushSecs?: number | undefined;
  /** Text behind the name of the file. Default "". */
  readonly filenameSuffix?: string | undefined;
}

/** Options that every entry has. */
export interface EntryOptions {
  /** Time of the entry in seconds since 1970. Default: now. */
  readonly walltime?: number | undefined;
}

/** Options that every entry has, with its step. */
export interface StepOptions extends EntryOptions {
  /** Step of the entry. Default 0. */
  readonly globalStep?: number | null | undefined;
}

/** Options of {@link SummaryWriter.addHistogram}. */
export interface HistogramOptions extends EntryOptions {
  /** Number of buckets of equal width, or TensorFlow's, which grow by a tenth. Default "tensorflow". */
  readonly bins?: number | "tensorflow" | undefined;
}

/** The order of an image's dimensions: channels, height, width; N in front for many images. */
export type ImageFormat = "CHW" | "HWC" | "HW" | "NCHW" | "NHWC";

/** Options of {@link SummaryWriter.addImage}. */
export interface ImageOptions extends EntryOptions {
  /** The order of the dimensions. Default "CHW". */
  readonly dataformats?: ImageFormat | undefined;
}

/** Options of {@link SummaryWriter.addImages}. */
export interface ImagesOptions extends EntryOptions {
  /** The order of the dimensions. Default "NCHW". */
  readonly dataformats?: "NCHW" | "NHWC" | undefined;
}

/** Options of {@link SummaryWriter.addEmbedding}. */
export interface EmbeddingOptions {
  /** A label for each point; or several, in the order of {@link EmbeddingOptions.metadataHeader}. Default: none. */
  readonly metadata?: readonly unknown[] | null | undefined;
  /** An image (N,C,H,W) for each point: floats in 0 … 1, with 1 or 3 channels. Default: none. */
  readonly labelImg?: Tensor | null | undefined;
  /** Step of the points. Default 0. */
  readonly globalStep?: number | null | undefined;
  /** Name of the embedding. Default "default". */
  readonly tag?: string | undefined;
  /** The names of several labels. Default: there is one label. */
  readonly metadataHeader?: readonly string[] | null | undefined;
}

/** Values of hyperparameters. */
export type HParams = Readonly<Record<string, number | string | boolean>>;

/** Options of {@link SummaryWriter.addHparams}. */
export interface HParamsOptions {
  /** Name of the run, below the writer's folder. Default: the time. */
  readonly runName?: string | undefined;
  /** Step of the metrics. Default 0. */
  readonly globalStep?: number | undefined;
}

/** A number, or a tensor with one element. */
export type ScalarValue = number | Tensor;

const aCount: Kind<number> = kind("a positive integer", (n) => Number.isSafeInteger(n) && (n as number) > 0);
const aScalar: Kind<ScalarValue> = kind(
  "a number or a tensor with one element",
  (value) => typeof value === "number" || isTensor(value),
);
const aStep: Kind<number | null> = nullable(aNumber);
const aRecordOfScalars: Kind<Readonly<Record<string, ScalarValue>>> = kind("an object of numbers", isRecord);
const someHparams: Kind<HParams> = kind("an object of numbers, strings and booleans", isRecord);
const data: Kind<TensorData> = kind("a Tensor or an array", (value) => typeof value === "object" && value !== null);
const aList: Kind<readonly unknown[]> = kind("a list", (value) => Array.isArray(value));
const STEP = { globalStep: optional(aStep, null), walltime: keyword(aNumber) };

const SIGNATURES = {
  SummaryWriter: signature("SummaryWriter", {
    logDir: optional(nullable(aString), null),
    comment: keyword(aString, ""),
    maxQueue: keyword(aCount, 10),
    flushSecs: keyword(aNumber, 120),
    filenameSuffix: keyword(aString, ""),
  }),
  addScalar: signature("addScalar", { tag: required(aString), scalarValue: required(aScalar), ...STEP }),
  addScalars: signature("addScalars", {
    mainTag: required(aString),
    tagScalarDict: required(aRecordOfScalars),
    ...STEP,
  }),
  addHistogram: signature("addHistogram", {
    tag: required(aString),
    values: required(data),
    ...STEP,
    bins: keyword(either(aCount, oneOf("tensorflow")), "tensorflow"),
  }),
  addImage: signature("addImage", {
    tag: required(aString),
    imgTensor: required(data),
    ...STEP,
    dataformats: keyword(oneOf("CHW", "HWC", "HW", "NCHW", "NHWC"), "CHW"),
  }),
  addImages: signature("addImages", {
    tag: required(aString),
    imgTensor: required(data),
    ...STEP,
    dataformats: keyword(oneOf("NCHW", "NHWC"), "NCHW"),
  }),
  addFigure: signature("addFigure", {
    tag: required(aString),
    figure: required(worded(aString, () => "figure should be the text of an SVG, such as `await plot(curves)` gives")),
    ...STEP,
  }),
  addEmbedding: signature("addEmbedding", {
    mat: required(data),
    metadata: optional(nullable(aList), null),
    labelImg: optional(nullable(kind<Tensor>("a Tensor", isTensor)), null),
    globalStep: optional(aStep, null),
    tag: optional(aString, "default"),
    metadataHeader: optional(nullable(aList as Kind<readonly string[]>), null),
  }),
  addText: signature("addText", { tag: required(aString), textString: required(aString), ...STEP }),
  addGraph: signature("addGraph", {
    model: required(kind<AnyModule>("a module", (value) => value instanceof Module)),
    inputToModel: required(
      either(
        kind<Tensor>("a Tensor", isTensor),
        kind<readonly Tensor[]>("a list of them", (list) => Array.isArray(list) && list.every(isTensor)),
      ),
    ),
  }),
  addHparams: signature("addHparams", {
    hparamDict: required(someHparams),
    metricDict: required(aRecordOfScalars),
    runName: keyword(aString),
    globalStep: keyword(aNumber, 0),
  }),
};

/** Numbers of the types of hyperparameters. */
const HPARAM_TYPES = { string: 1, boolean: 2, number: 3 } as const;

/** Status of a session that has ended well. */
const SUCCESS = 1;

/** DT_STRING in TensorFlow's types.proto. */
const DT_STRING = 7;

const utf8 = new TextEncoder();

/**
 * Writes event files that TensorBoard shows. Entries wait until there are some, and are written together; the rest when
 * the process ends by itself. Needs the optional packages `@bufbuild/protobuf` and `@chainsafe/fast-crc32c`.
 *
 * @throws DataError if one of the packages is missing.
 * @example
 * import { SummaryWriter } from "tapegrad/tensorboard";
 * const writer = new SummaryWriter("runs/example");
 * for (let step = 0; step < 3; step++) writer.addScalar("loss/train", 1 / (step + 1), step);
 * writer.addHistogram("weights", randn(100), 0);
 * writer.close();
 */
export class SummaryWriter {
  /** Folder of the event files. */
  readonly logDir: string;
  readonly #options: EventFileOptions;
  #file: EventFile | null = null;
  /** The writers of {@link addScalars}, one for each line in a diagram. */
  readonly #lines = new Map<string, SummaryWriter>();
  /** What the projector's configuration says of each embedding so far. */
  readonly #embeddings: string[] = [];

  constructor(logDir?: string | null, options?: SummaryWriterOptions);
  constructor(options: SummaryWriterOptions & { readonly logDir?: string | null | undefined });
  constructor(...args: readonly unknown[]) {
    const given = SIGNATURES.SummaryWriter.read(args);
    this.logDir = given.logDir ?? `runs/${timeForName()}_${hostAndProcess().host}${given.comment}`;
    const { maxQueue, flushSecs, filenameSuffix } = given;
    this.#options = { maxQueue, flushSecs, filenameSuffix };
    this.#file = new EventFile(this.logDir, this.#options);
  }

  /** Path of the event file that is written; null after {@link close}. */
  get path(): string | null {
    return this.#file?.path ?? null;
  }

  /** Adds a number. A tag with slashes, as `loss/train`, is grouped by its first part. */
  addScalar(tag: string, scalarValue: ScalarValue, globalStep?: number | null, options?: EntryOptions): void;
  addScalar(tag: string, scalarValue: ScalarValue, options: StepOptions): void;
  addScalar(...args: readonly unknown[]): void {
    const { tag, scalarValue, globalStep, walltime } = SIGNATURES.addScalar.read(args);
    const simpleValue = typeof scalarValue === "number" ? scalarValue : scalarValue.detach().itemSync();
    this.#add([{ tag, simpleValue: Number(simpleValue) }], globalStep, walltime);
  }

  /** Adds several numbers to one diagram: each is a run of its own below the folder. */
  addScalars(
    mainTag: string,
    tagScalarDict: Readonly<Record<string, ScalarValue>>,
    globalStep?: number | null,
    options?: EntryOptions,
  ): void;
  addScalars(mainTag: string, tagScalarDict: Readonly<Record<string, ScalarValue>>, options: StepOptions): void;
  addScalars(...args: readonly unknown[]): void {
    const { mainTag, tagScalarDict, globalStep, walltime } = SIGNATURES.addScalars.read(args);
    for (const [tag, value] of Object.entries(tagScalarDict)) {
      const folder = `${this.logDir}/${mainTag.replaceAll("/", "_")}_${tag}`;
      let line = this.#lines.get(folder);
      if (line === undefined) {
        line = new SummaryWriter(folder, this.#options);
        this.#lines.set(folder, line);
      }
      line.addScalar(mainTag, value, globalStep, { walltime });
    }
  }

  /** Adds a histogram of values. @throws ValueError for none, or for values that are not finite. */
  addHistogram(tag: string, values: TensorData, globalStep?: number | null, options?: HistogramOptions): void;
  addHistogram(tag: string, values: TensorData, options: StepOptions & HistogramOptions): void;
  addHistogram(...args: readonly unknown[]): void {
    const { tag, values, globalStep, walltime, bins } = SIGNATURES.addHistogram.read(args);
    const numbers = toTensor(values).detach().dataSync();
    if (numbers.length === 0) throw new ValueError("[addHistogram] The input has no element.");
    if (!numbers.every(Number.isFinite)) {
      throw new ValueError(`[addHistogram] "${tag}" has values that are not finite`);
    }
    this.#add([{ tag, histo: histogramOf(numbers, bins) }], globalStep, walltime);
  }

  /**
   * Adds an image: floats in 0 … 1 or bytes, with 1, 3 or 4 channels; or with `dataformats: "NCHW"` many, in a row.
   *
   * @throws ShapeError for another number of dimensions or channels.
   */
  addImage(tag: string, imgTensor: TensorData, globalStep?: number | null, options?: ImageOptions): void;
  addImage(tag: string, imgTensor: TensorData, options: StepOptions & ImageOptions): void;
  addImage(...args: readonly unknown[]): void {
    const { tag, imgTensor, globalStep, walltime, dataformats } = SIGNATURES.addImage.read(args);
    const images = rowsOfPixels(toTensor(imgTensor).detach(), dataformats);
    const [height = 0, width = 0, channels = 0] = images.shape;
    const pixels = Uint8Array.from(images.to("float32").dataSync());
    const image = {
      height,
      width,
      colorspace: channels,
      encodedImageString: encodePng(pixels, width, height, channels),
    };
    this.#add([{ tag, image }], globalStep, walltime);
  }

  /** Adds images (N,C,H,W) as one, in rows of eight. @throws ShapeError for another number of dimensions or channels. */
  addImages(tag: string, imgTensor: TensorData, globalStep?: number | null, options?: ImagesOptions): void;
  addImages(tag: string, imgTensor: TensorData, options: StepOptions & ImagesOptions): void;
  addImages(...args: readonly unknown[]): void {
    const { tag, imgTensor, globalStep, walltime, dataformats } = SIGNATURES.addImages.read(args);
    this.addImage(tag, gridOf(toTensor(imgTensor).detach(), dataformats), globalStep, { walltime, dataformats: "HWC" });
  }

  /**
   * Adds a figure: the text of an SVG, as `plot` of tapegrad/plot and other libraries that draw give it. TensorBoard shows
   * it among the images.
   *
   * @throws ValueError for text that is no SVG, or one without a width and a height.
   */
  addFigure(tag: string, figure: string, globalStep?: number | null, options?: EntryOptions): void;
  addFigure(tag: string, figure: string, options: StepOptions): void;
  addFigure(...args: readonly unknown[]): void {
    const { tag, figure, globalStep, walltime } = SIGNATURES.addFigure.read(args);
    const image = { ...sizeOfSvg(figure), colorspace: RGBA, encodedImageString: utf8.encode(figure) };
    this.#add([{ tag, image }], globalStep, walltime);
  }

  /**
   * Adds points (N,D) for TensorBoard's projector, with labels and images, as files beside the events.
   *
   * @throws ShapeError for another number of dimensions, or not as many labels or images as points; DataError if the files
   * cannot be written.
   */
  addEmbedding(mat: TensorData, options?: EmbeddingOptions): void;
  addEmbedding(
    mat: TensorData,
    metadata: readonly unknown[] | null,
    options?: Omit<EmbeddingOptions, "metadata">,
  ): void;
  addEmbedding(...args: readonly unknown[]): void {
    const { mat, globalStep, ...given } = SIGNATURES.addEmbedding.read(args);
    this.#open();
    this.#embeddings.push(writeEmbedding(this.logDir, toTensor(mat).detach(), globalStep ?? 0, given));
    writeProjectorConfig(this.logDir, this.#embeddings);
  }

  /** Adds text, which is shown as Markdown. */
  addText(tag: string, textString: string, globalStep?: number | null, options?: EntryOptions): void;
  addText(tag: string, textString: string, options: StepOptions): void;
  addText(...args: readonly unknown[]): void {
    const { tag, textString, globalStep, walltime } = SIGNATURES.addText.read(args);
    const value = {
      tag: `${tag}/text_summary`,
      metadata: { pluginData: { pluginName: "text", content: new Uint8Array() } },
      tensor: { dtype: DT_STRING, tensorShape: { dim: [{ size: 1n }] }, stringVal: [utf8.encode(textString)] },
    };
    this.#add([value], globalStep, walltime);
  }

  /** Adds the graph of a module: the operations that a forward pass with these inputs records. */
  addGraph(model: AnyModule, inputToModel: Tensor | readonly Tensor[]): void;
  addGraph(...args: readonly unknown[]): void {
    const { model, inputToModel } = SIGNATURES.addGraph.read(args);
    const inputs = isTensor(inputToModel) ? [inputToModel] : inputToModel;
    const graphDef = this.#encode("GraphDef", graphOf(model, inputs));
    this.#open().add({ wallTime: Date.now() / 1e3, graphDef });
  }

  /** Adds hyperparameters and the metrics they led to, as a run of its own below the folder. */
  addHparams(hparamDict: HParams, metricDict: Readonly<Record<string, ScalarValue>>, options?: HParamsOptions): void;
  addHparams(...args: readonly unknown[]): void {
    const { hparamDict, metricDict, runName, globalStep } = SIGNATURES.addHparams.read(args);
    const run = new SummaryWriter(`${this.logDir}/${runName ?? Date.now() / 1e3}`, this.#options);
    const hparams = Object.entries(hparamDict).map(([name, value]) => {
      const type = HPARAM_TYPES[typeof value as keyof typeof HPARAM_TYPES];
      if (type === undefined) {
        throw new ValueError(
          `[addHparams] "${name}" should be a number, a string or a boolean, but got ${describeValue(value)}`,
        );
      }
      const field = { string: "stringValue", boolean: "boolValue", number: "numberValue" }[typeof value as "number"];
      return { name, type, value: { [field]: value } };
    });
    run.#addHparamsEntry("_hparams_/experiment", {
      experiment: {
        hparamInfos: hparams.map(({ name, type }) => ({ name, type })),
        metricInfos: Object.keys(metricDict).map((tag) => ({ name: { tag } })),
      },
    });
    run.#addHparamsEntry("_hparams_/session_start_info", {
      sessionStartInfo: { hparams: Object.fromEntries(hparams.map(({ name, value }) => [name, value])) },
    });
    run.#addHparamsEntry("_hparams_/session_end_info", { sessionEndInfo: { status: SUCCESS } });
    for (const [tag, value] of Object.entries(metricDict)) run.addScalar(tag, value, globalStep);
    run.close();
  }

  #addHparamsEntry(tag: string, content: Message): void {
    const pluginData = { pluginName: "hparams", content: this.#encode("HParamsPluginData", content) };
    this.#add([{ tag, metadata: { pluginData } }], null, undefined);
  }

  /** Writes all that waits. */
  flush(): void {
    this.#file?.flush();
    for (const line of this.#lines.values()) line.flush();
  }

  /** Writes all that waits, and closes the file. A further entry begins another one. */
  close(): void {
    this.#file?.close();
    this.#file = null;
    for (const line of this.#lines.values()) line.close();
    this.#lines.clear();
  }
  [Symbol.dispose](): void {
    this.close();
  }

  #open(): EventFile {
    this.#file ??= new EventFile(this.logDir, this.#options);
    return this.#file;
  }
  #encode(name: string, message: Message): Uint8Array {
    return this.#open().encode(name, message);
  }
  #add(value: readonly Message[], step: number | null, walltime: number | undefined): void {
    const wallTime = walltime ?? Date.now() / 1e3;
    this.#open().add({ wallTime, step: BigInt(Math.trunc(step ?? 0)), summary: { value } });
  }
}

function toTensor(values: TensorData): Tensor {
  return isTensor(values) ? values : tensor(values);
}

/** Number of channels of an image with transparency. */
const RGBA = 4;

/** Width and height in pixels that an SVG asks for: its attributes, else its view box. */
function sizeOfSvg(text: string): { readonly width: number; readonly height: number } {
  // TensorBoard knows an SVG by its first characters.
  const tag = /^(?:<\?xml [^>]*>\s*(?:<![^>]*>\s*)*)?<svg\b([^>]*)>/.exec(text)?.[1];
  if (tag === undefined)
    throw new ValueError(`[addFigure] expected an SVG, which begins with "<svg", but got ${describeValue(text)}`);
  const attribute = (name: string): number =>
    Math.round(Number.parseFloat(new RegExp(`\\s${name}=["']([^"'%]+)["']`).exec(tag)?.[1] ?? ""));
  const box =
    /\sviewBox=["']([^"']+)["']/
      .exec(tag)?.[1]
      ?.trim()
      .split(/[\s,]+/)
      .map(Number) ?? [];
  const width = attribute("width") || Math.round(box[2] ?? 0);
  const height = attribute("height") || Math.round(box[3] ?? 0);
  if (width > 0 && height > 0) return { width, height };
  throw new ValueError("[addFigure] the SVG has neither a width and a height nor a viewBox");
}

/** `Nov30_14-05-07`. */
function timeForName(): string {
  const now = new Date();
  const month = now.toLocaleString("en-US", { month: "short" });
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${month}${two(now.getDate())}_${two(now.getHours())}-${two(now.getMinutes())}-${two(now.getSeconds())}`;
}

/** An image as bytes `(height,width,channels)`; many images side by side. */
function rowsOfPixels(image: Tensor, format: ImageFormat): Tensor {
  if (image.ndim !== format.length) {
    throw new ShapeError(
      `[addImage] size of input tensor and input format are different. tensor shape: (${image.shape.join(", ")}), input_format: ${format}`,
    );
  }
  const order = ["N", "H", "W", "C"].map((dim) => format.indexOf(dim)).filter((at) => at >= 0);
  const ordered = image.permute(...order);
  const channeled = format.includes("C") ? ordered : ordered.unsqueeze(-1);
  const single = format.includes("N") ? sideBySide(channeled) : channeled;
  if (![1, 3, 4].includes(single.size(-1))) {
    throw new ShapeError(`[addImage] expected 1, 3 or 4 channels, but got ${single.size(-1)} in ${format}`);
  }
  if (single.dtype === "uint8") return single.contiguous();
  return single.to("float32").mul(255).clamp(0, 255).contiguous();
}

/** Images as one (H,W,C), in rows of eight; places beyond the last image are black. */
function gridOf(images: Tensor, format: "NCHW" | "NHWC"): Tensor {
  if (images.ndim !== 4) {
    throw new ShapeError(
      `[addImages] size of input tensor and input format are different. tensor shape: (${images.shape.join(", ")}), input_format: ${format}`,
    );
  }
  const [count = 0, height = 0, width = 0, channels = 0] =
    format === "NHWC" ? images.shape : images.permute(0, 2, 3, 1).shape;
  const columns = Math.min(count, IMAGES_IN_A_ROW);
  const rows = Math.ceil(count / Math.max(1, columns));
  const ordered = format === "NHWC" ? images : images.permute(0, 2, 3, 1);
  const canvas = images.newZeros([rows * columns, height, width, channels]);
  canvas.narrow(0, 0, count).copy_(ordered);
  return canvas
    .view(rows, columns, height, width, channels)
    .permute(0, 2, 1, 3, 4)
    .reshape(rows * height, columns * width, channels);
}

/** As in PyTorch. */
const IMAGES_IN_A_ROW = 8;

/** Images `(N,H,W,C)` as one `(H,N·W,C)`. */
function sideBySide(images: Tensor): Tensor {
  const [count = 0, height = 0, width = 0, channels = 0] = images.shape;
  return images.permute(1, 0, 2, 3).reshape(height, count * width, channels);
}
