/** @file Reader of io.json: files as PyTorch and NumPy make them, and what is in them. */
import { readFileSync } from "node:fs";
import type { DType } from "../../kernels/backend.ts";
import type { Encoded } from "./calls.ts";

export interface Contents {
  readonly shape: readonly number[];
  readonly values: readonly Encoded[];
}

/** Files are in base64. */
export const ioGolden = JSON.parse(readFileSync(new URL("data/io.json", import.meta.url), "utf8")) as {
  readonly arrays: readonly (Contents & { readonly name: string; readonly dtype: DType; readonly file: string })[];
  /** .npy files with what no tensor can hold. */
  readonly refused: Readonly<Record<string, string>>;
  readonly npz: Readonly<Record<"stored" | "compressed" | "empty" | "manyFiles" | "largeFiles", string>>;
  /** A file of torch.save, whose archive has 64-bit end records. */
  readonly torchSave: string;
  /** A safetensors file with every element type. */
  readonly kinds: { readonly file: string; readonly values: Readonly<Record<string, Contents>> };
  /** A safetensors file with a number outside int32. */
  readonly tooLarge: string;
  readonly model: {
    readonly safetensors: string;
    readonly npz: string;
    readonly inputs: Contents;
    readonly outputs: Contents;
  };
};

export function fileBytes(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, "base64"));
}
