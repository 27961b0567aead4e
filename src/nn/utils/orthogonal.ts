/** @file The parametrization `orthogonal`: matrices with orthonormal columns or rows. */
import { noGrad } from "../../autograd/grad-mode.ts";
import { newTypedArray } from "../../core/dtype.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { finfo } from "../../core/numeric-limits.ts";
import { pythonRepr } from "../../core/python-repr.ts";
import { eye, zerosLike } from "../../tensor/create.ts";
import { fromTypedArray } from "../../tensor/from-host.ts";
import { cat } from "../../tensor/functional.ts";
import { qr } from "../../tensor/functions/linalg/decompositions.ts";
import { matrixExp } from "../../tensor/functions/linalg/products.ts";
import { solve } from "../../tensor/functions/linalg/solvers.ts";
import { randn } from "../../tensor/random.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Module } from "../module.ts";

/** How a matrix becomes an orthogonal one. */
export type OrthogonalMap = "matrix_exp" | "cayley" | "householder";

/** The factor Q of A = Q·R for which R has a positive diagonal. */
function orthogonalized(a: Tensor): Tensor {
  const { Q, R } = qr(a);
  return Q.mul(R.diagonal(0, -2, -1).sign().unsqueeze(-2));
}

function isOrthogonal(q: Tensor): boolean {
  const [n, k] = [q.size(-2), q.size(-1)];
  const { dtype, device } = q;
  const identity = eye(k, { dtype, device });
  return q.mT.matmul(q).sub(identity).abs().max().itemSync() <= 10 * n * finfo(dtype).eps;
}

/** The first k columns of the product of k reflections, I − τ·v·vᵀ, where v has a 1 at its place and then `a`. */
function product(a: Tensor, tau: Tensor): Tensor {
  const [n, k] = [a.size(-2), a.size(-1)];
  const { dtype, device } = a;
  const identity = eye(n, k, { dtype, device });
  const vectors = a.add(identity);
  let q = identity.expand([...a.shape]);
  for (let i = k - 1; i >= 0; i--) {
    const v = vectors.narrow(-1, i, 1);
    q = q.sub(tau.narrow(-1, i, 1).unsqueeze(-1).mul(v).matmul(v.mT.matmul(q)));
  }
  return q;
}

/**
 * The reflections of a matrix's QR decomposition below the diagonal, and on it the signs of R's diagonal, with the other sign
 * where a column needs no reflection.
 */
function reflections(matrix: Float64Array, n: number, k: number): void {
  const at = (row: number, column: number): number => matrix[row * k + column] ?? 0;
  for (let i = 0; i < k; i++) {
    let below = 0;
    for (let row = i + 1; row < n; row++) below += at(row, i) ** 2;
    const alpha = at(i, i);
    const isNeeded = below > 0;
    const beta = isNeeded ? -Math.sign(alpha || 1) * Math.hypot(alpha, Math.sqrt(below)) : alpha;
    if (isNeeded) {
      for (let row = i + 1; row < n; row++) matrix[row * k + i] = at(row, i) / (alpha - beta);
      const tau = (beta - alpha) / beta;
      for (let column = i + 1; column < k; column++) {
        let dot = at(i, column);
        for (let row = i + 1; row < n; row++) dot += at(row, i) * at(row, column);
        matrix[i * k + column] = at(i, column) - tau * dot;
        for (let row = i + 1; row < n; row++) matrix[row * k + column] = at(row, column) - tau * dot * at(row, i);
      }
    }
    matrix[i * k + i] = Math.sign(beta) * (isNeeded ? 1 : -1);
  }
}

/** {@link reflections} of matrices [..., n, k]. */
function reflectionsOf(q: Tensor): Tensor {
  const [n, k] = [q.size(-2), q.size(-1)];
  const numbers = Float64Array.from(q.detach().contiguous().dataSync());
  for (let start = 0; start < numbers.length; start += n * k) reflections(numbers.subarray(start, start + n * k), n, k);
  const data = newTypedArray(q.dtype, numbers.length);
  data.set(numbers);
  return fromTypedArray(q.dtype, data, q.shape, q.device);
}

/** The parametrization of a matrix, or of a batch of them. */
export class Orthogonal extends Module {
  private readonly map: OrthogonalMap;
  private readonly shape: readonly number[];
  private readonly trivial: boolean;
  /** What the orthogonal matrix is multiplied by. */
  declare base: Tensor;

  constructor(weight: Tensor, map: OrthogonalMap, useTrivialization: boolean) {
    super();
    this.shape = weight.shape;
    this.map = map;
    this.trivial = useTrivialization;
  }

  override forward(x: Tensor): Tensor {
    const isWide = x.size(-2) < x.size(-1);
    const tall = isWide ? x.mT : x;
    const q = this.map === "householder" ? this.reflected(tall) : this.rotated(tall, this.map);
    const product = this.trivial ? this.base.matmul(q) : q;
    return isWide ? product.mT : product;
  }

  private reflected(x: Tensor): Tensor {
    const a = x.tril(-1);
    const tau = a.square().sum(-2).add(1).reciprocal().mul(2);
    const signs = x.detach().diagonal(0, -2, -1).int().to(x.dtype);
    return product(a, tau).mul(signs.unsqueeze(-2));
  }

  private rotated(x: Tensor, map: "matrix_exp" | "cayley"): Tensor {
    const [n, k] = [x.size(-2), x.size(-1)];
    const lower = x.tril();
    const square = n === k ? lower : cat([lower, x.newZeros([...x.shape.slice(0, -1), n - k])], -1);
    const skew = square.sub(square.mT);
    if (map === "matrix_exp") return matrixExp(skew).narrow(-1, 0, k);
    const { dtype, device } = x;
    const identity = eye(n, { dtype, device });
    return solve(identity.sub(skew.mul(0.5)), identity.add(skew.mul(0.5))).narrow(-1, 0, k);
  }

  rightInverse(value: Tensor): Tensor {
    return noGrad(() => this.stored(value));
  }

  private stored(value: Tensor): Tensor {
    if (pythonRepr(value.shape) !== pythonRepr(this.shape)) {
      throw new ShapeError(
        `[orthogonal] Expected a matrix or batch of matrices of shape ${pythonRepr(this.shape)}. Got a tensor of shape ${pythonRepr(value.shape)}.`,
      );
    }
    const isWide = value.size(-2) < value.size(-1);
    const tall = isWide ? value.mT : value;
    if (!this.trivial) {
      if (this.map !== "householder") {
        throw new ValueError(
          "[orthogonal] It is not possible to assign to the matrix exponential or the Cayley parametrizations when useTrivialization is false.",
        );
      }
      const reflected = reflectionsOf(tall);
      return isWide ? reflected.mT : reflected;
    }
    const base = this.completed(tall);
    if (Object.hasOwn(this, "base")) this.base = base;
    else this.base = this.registerBuffer("base", base);
    const identity = eye(value.size(-2), value.size(-1), { dtype: value.dtype, device: value.device });
    return zerosLike(value).sub(identity);
  }

  /** An orthogonal matrix [..., n, n] whose first columns are those of a tall matrix, made orthonormal. */
  private completed(tall: Tensor): Tensor {
    const [n, k] = [tall.size(-2), tall.size(-1)];
    if (n === k) return isOrthogonal(tall) ? tall.clone() : orthogonalized(tall);
    const { dtype, device } = tall;
    const further = randn([...tall.shape.slice(0, -1), n - k], { dtype, device });
    return orthogonalized(cat([tall, further], -1));
  }

  /** PyTorch's name of the class. */
  static override readonly name = "_Orthogonal";
}
