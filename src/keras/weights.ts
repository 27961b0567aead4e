/** @file The weights of a model in files, under Keras's names and in Keras's layout. */
import { noGrad } from "../autograd/grad-mode.ts";
import { DataError, ShapeError, ValueError } from "../core/errors.ts";
import type { FileName, FileSource } from "../core/file-kinds.ts";
import { load, save } from "../io/save.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { formatShape, type KerasWeight, type Layer } from "./layers/layer.ts";

/** A weight with its name in the model: `dense/kernel`. */
export interface NamedWeight {
  readonly name: string;
  readonly weight: KerasWeight;
}

/** All weights, layer by layer. */
export function namedWeights(layers: readonly Layer[]): NamedWeight[] {
  return layers.flatMap((layer) => layer.weights().map((weight) => ({ name: `${layer.name}/${weight.name}`, weight })));
}

/** The values in Keras's layout, as copies. */
export function valuesOf(weights: readonly NamedWeight[]): Tensor[] {
  return noGrad(() => weights.map(({ weight }) => weight.toKeras().contiguous().clone()));
}

/** Copies values in Keras's layout into the weights. @throws ShapeError for another shape; nothing has changed then. */
export function assign(op: string, weights: readonly NamedWeight[], values: readonly Tensor[]): void {
  noGrad(() => {
    const copies = weights.flatMap(({ name, weight }, i) => {
      const value = values[i] as Tensor;
      const { shape } = weight.toKeras();
      if (value.shape.length !== shape.length || value.shape.some((size, d) => size !== shape[d])) {
        throw new ShapeError(
          `[${op}] Layer weight shape ${formatShape(shape)} not compatible with provided weight shape ${formatShape(value.shape)} (${name})`,
        );
      }
      const parts = weight.fromKeras(value);
      return weight.tensors().map((tensor, k) => [tensor, parts[k] as Tensor] as const);
    });
    for (const [tensor, value] of copies) tensor.copy_(value.to({ device: tensor.device, dtype: tensor.dtype }));
  });
}

const HDF5 = /\.(h5|hdf5|keras)$/i;

/** Saves weights as safetensors, or by the file's name as `.npz`. */
export async function saveWeights(layers: readonly Layer[], file: FileName): Promise<void> {
  if (HDF5.test(String(file))) {
    throw new ValueError(
      `[saveWeights] ${String(file)}: HDF5 files are not available. Name the file .safetensors, which Python reads with the package safetensors.`,
    );
  }
  const weights = namedWeights(layers);
  const values = valuesOf(weights);
  await save(Object.fromEntries(weights.map(({ name }, i) => [name, values[i] as Tensor])), file);
}

/** Loads weights by their names. @throws DataError for names that are missing or too many. */
export async function loadWeights(layers: readonly Layer[], file: FileSource): Promise<void> {
  if (typeof file === "string" && HDF5.test(file)) {
    throw new ValueError(`[loadWeights] ${file}: HDF5 files are not available. Convert it to safetensors.`);
  }
  const loaded = await load(file);
  const weights = namedWeights(layers);
  const missing = weights.filter(({ name }) => !Object.hasOwn(loaded, name)).map(({ name }) => name);
  const known = new Set(weights.map(({ name }) => name));
  const unexpected = Object.keys(loaded).filter((name) => !known.has(name));
  if (missing.length + unexpected.length > 0) {
    const parts = [
      missing.length > 0 ? `the file lacks ${missing.join(", ")}` : "",
      unexpected.length > 0 ? `the model has no ${unexpected.join(", ")}` : "",
    ];
    throw new DataError(
      `[loadWeights] the file holds the weights of another model: ${parts.filter((part) => part !== "").join("; ")}. Layers can be given names: layers.Dense(10, { name: "head" }).`,
    );
  }
  assign(
    "loadWeights",
    weights,
    weights.map(({ name }) => loaded[name] as Tensor),
  );
}
