/** @file Einstein summation. */
import { sizeOf } from "../../../kernels/layout.ts";
import { required, rest, signature } from "../../core/arguments.ts";
import { promoteTypes } from "../../core/dtype.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { aString, tensors as tensorList } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import type { Tensor } from "../tensor.ts";
import { bmm } from "./matmul.ts";

/** A tensor whose dimensions have names, each of them once. */
interface Term {
  readonly labels: readonly string[];
  readonly x: Tensor;
}

const EINSUM = signature("einsum", { equation: required(aString), operands: rest(tensorList) });

/**
 * Sum of products in Einstein's notation, as `"ij,jk->ik"`: each letter names a dimension, and letters missing in the
 * result are summed. `...` stands for any number of dimensions, which broadcast; without `->`, the result has the
 * letters that occur once, in alphabetical order. Operands are contracted from left to right by batched matrix
 * products.
 *
 * @throws ValueError for an equation that does not match the number of operands or their dimensions; ShapeError for
 * different sizes under one letter.
 * @example
 * ```ts
 * const a = tensor([[1, 2], [3, 4]]);
 * einsum("ij,j->i", a, tensor([1, 1])); // tensor([3., 7.])
 * einsum("ii->", a); // tensor(5.)
 * ```
 */
export function einsum(
  equation: string,
  ...operands: readonly Tensor[] | readonly [operands: readonly Tensor[]]
): Tensor;
export function einsum(...args: readonly unknown[]): Tensor {
  const { equation, operands: tensors } = EINSUM.read(args);
  const { inputs, output } = parse(equation, tensors);
  const terms = tensors.map((x, i) => withoutRepeats({ labels: inputs[i] as readonly string[], x }));
  checkSizes(terms);
  const [first, ...others] = terms;
  if (first === undefined) throw new ValueError("[einsum] must provide at least one operand");
  const end = others.reduce<Term>((left, right, i) => {
    const later = new Set([...output, ...others.slice(i + 1).flatMap((t) => t.labels)]);
    return contract(left, right, later);
  }, first);
  const summed = sumOut(end, new Set(output));
  return summed.x.permute(output.map((label) => summed.labels.indexOf(label)));
}

/** Letters of every operand and of the result; the dimensions under an ellipsis are called .0, .1, … from the last. */
function parse(equation: string, tensors: readonly Tensor[]) {
  const [left = "", right, ...more] = equation.replaceAll(" ", "").split("->");
  const sides = left.split(",");
  if (more.length > 0 || sides.length !== tensors.length) {
    throw new ValueError(
      `[einsum] the equation "${equation}" is for ${sides.length} operands, but ${tensors.length} were provided`,
    );
  }
  let wide = 0;
  const inputs = sides.map((side, i) => {
    const rank = (tensors[i] as Tensor).ndim;
    const hidden = rank - side.replace("...", "").length;
    if (side.includes("...") ? hidden < 0 : hidden !== 0) {
      throw new ValueError(
        `[einsum] the number of subscripts of "${side}" does not fit operand ${i}, which has ${rank} dimensions`,
      );
    }
    wide = Math.max(wide, hidden);
    return labelsOf(side, hidden);
  });
  const count = new Map<string, number>();
  for (const label of inputs.flat()) count.set(label, (count.get(label) ?? 0) + 1);
  const once = [...count].filter(([label, n]) => n === 1 && !label.startsWith("."));
  const output = labelsOf(
    right ??
      `...${once
        .map(([label]) => label)
        .sort()
        .join("")}`,
    wide,
  );
  for (const [i, label] of output.entries()) {
    if (!count.has(label) && !label.startsWith("."))
      throw new ValueError(`[einsum] output subscript ${label} does not appear in the equation for any input operand`);
    if (output.indexOf(label) !== i)
      throw new ValueError(`[einsum] output subscript ${label} appears more than once in the output`);
  }
  return { inputs, output };
}

function labelsOf(side: string, hidden: number): string[] {
  const dots = Array.from({ length: hidden }, (_, i) => `.${hidden - 1 - i}`);
  const [before = "", after, ...more] = side.split("...");
  const letters = `${before}${after ?? ""}`;
  if (more.length > 0 || !/^[A-Za-z]*$/.test(letters)) {
    throw new ValueError(`[einsum] subscripts must be letters and at most one "...", but got "${side}"`);
  }
  return after === undefined ? [...before] : [...before, ...dots, ...after];
}

/** A letter that an operand has twice means its diagonal. */
function withoutRepeats({ labels, x }: Term): Term {
  const second = labels.findIndex((label, i) => labels.indexOf(label) !== i);
  if (second < 0) return { labels, x };
  const first = labels.indexOf(labels[second] as string);
  if (x.shape[first] !== x.shape[second]) {
    throw new ShapeError(
      `[einsum] subscript ${labels[second]} is repeated, but the sizes ${x.shape[second]} and ${x.shape[first]} of ${bracketed(x.shape)} differ`,
    );
  }
  const rest = labels.filter((_, i) => i !== first && i !== second);
  return withoutRepeats({ labels: [...rest, labels[second] as string], x: x.diagonal(0, first, second) });
}

function checkSizes(terms: readonly Term[]): void {
  const sizes = new Map<string, number>();
  for (const { labels, x } of terms) {
    for (const [d, label] of labels.entries()) {
      const size = x.shape[d] as number;
      const known = sizes.get(label) ?? 1;
      if (known !== 1 && size !== 1 && size !== known) {
        throw new ShapeError(
          `[einsum] subscript ${label} has size ${size} which does not broadcast with size ${known}`,
        );
      }
      sizes.set(label, size === 1 ? known : size);
    }
  }
}

function sumOut({ labels, x }: Term, kept: ReadonlySet<string>): Term {
  const gone = [...labels.keys()].filter((d) => !kept.has(labels[d] as string));
  return gone.length === 0 ? { labels, x } : { labels: labels.filter((l) => kept.has(l)), x: x.sum(gone) };
}

function withOneDType(a: Term, b: Term): [Term, Term] {
  const dtype = promoteTypes(a.x.dtype, b.x.dtype);
  return [
    { labels: a.labels, x: a.x.to(dtype) },
    { labels: b.labels, x: b.x.to(dtype) },
  ];
}

/** The product of two terms as one batched matrix product: batch, left alone, right alone, summed. */
function contract(a: Term, b: Term, later: ReadonlySet<string>): Term {
  // Sums of bytes are int32, so the two may have come apart.
  const [left, right] = withOneDType(
    sumOut(a, new Set([...later, ...b.labels])),
    sumOut(b, new Set([...later, ...a.labels])),
  );
  const sizeIn = (term: Term, label: string) =>
    term.labels.includes(label) ? term.x.size(term.labels.indexOf(label)) : 1;
  const size = (label: string) => {
    const l = sizeIn(left, label);
    return l === 1 ? sizeIn(right, label) : l;
  };
  const shared = left.labels.filter((label) => right.labels.includes(label));
  const batch = shared.filter((label) => later.has(label));
  const summed = shared.filter((label) => !later.has(label));
  const leftOnly = left.labels.filter((label) => !shared.includes(label));
  const rightOnly = right.labels.filter((label) => !shared.includes(label));
  const arrange = ({ labels, x }: Term, order: readonly (readonly string[])[]) =>
    x
      .permute(order.flat().map((label) => labels.indexOf(label)))
      .expand(order.flat().map(size))
      .reshape(order.map((group) => sizeOf(group.map(size))));
  const product = bmm(arrange(left, [batch, leftOnly, summed]), arrange(right, [batch, summed, rightOnly]));
  const labels = [...batch, ...leftOnly, ...rightOnly];
  return { labels, x: product.view(labels.map(size)) };
}
