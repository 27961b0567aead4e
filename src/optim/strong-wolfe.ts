/**
 * @file Line search for the strong Wolfe conditions: brackets a good step, then closes in by cubic interpolation.
 * Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6.
 */
import type { Tensor } from "../tensor/tensor.ts";

/** The function along a direction d, at a step t. */
export interface LinePoint {
  readonly t: number;
  readonly loss: number;
  readonly grad: Tensor;
  /** grad · d */
  readonly slope: number;
}

/** c₁ of the sufficient decrease condition. */
const SUFFICIENT_DECREASE = 1e-4;
/** c₂ of the curvature condition. */
const CURVATURE = 0.9;
const MAX_EVALUATIONS = 25;

export interface LineSearchResult {
  readonly point: LinePoint;
  readonly evaluations: number;
}

/**
 * A step that satisfies both conditions, or the best one found. It yields each step at which it needs the function, and
 * gets the point there.
 *
 * @param start - At t = 0, with a negative slope.
 * @param first - The first step to try.
 * @param reach - Largest size of a component of the direction.
 * @param tolerance - The search ends when no component can change by more.
 */
export function* strongWolfe(
  start: LinePoint,
  first: number,
  reach: number,
  tolerance = 1e-9,
): Generator<number, LineSearchResult, LinePoint> {
  const violatesDecrease = (point: LinePoint): boolean =>
    point.loss > start.loss + SUFFICIENT_DECREASE * point.t * start.slope;
  const satisfiesCurvature = (point: LinePoint): boolean => Math.abs(point.slope) <= -CURVATURE * start.slope;

  let previous = start;
  let point = yield first;
  let evaluations = 1;
  let bracket: [LinePoint, LinePoint] | undefined;
  for (let i = 0; i < MAX_EVALUATIONS; i++) {
    const risen = violatesDecrease(point) || (i > 1 && point.loss >= previous.loss);
    if (!risen && satisfiesCurvature(point)) return { point, evaluations };
    if (risen || point.slope >= 0) {
      bracket = [previous, point];
      break;
    }
    const next = cubicMinimum(previous, point, point.t + 0.01 * (point.t - previous.t), point.t * 10);
    previous = point;
    point = yield next;
    evaluations++;
  }

  const ends = bracket ?? [start, point];
  let low: 0 | 1 = ends[0].loss <= ends[1].loss ? 0 : 1;
  let stalled = false;
  // The first evaluation is not counted as one of the search.
  while (evaluations <= MAX_EVALUATIONS) {
    const from = Math.min(ends[0].t, ends[1].t);
    const to = Math.max(ends[0].t, ends[1].t);
    if ((to - from) * reach < tolerance) break;
    let t = cubicMinimum(ends[0], ends[1], from, to);
    // Twice in a row close to an end, or at it: no progress. The next step keeps a tenth of the bracket away.
    const margin = 0.1 * (to - from);
    const close = Math.min(to - t, t - from) < margin;
    const pushed: boolean = close && (stalled || t >= to || t <= from);
    if (pushed) t = Math.abs(t - to) < Math.abs(t - from) ? to - margin : from + margin;
    stalled = close && !pushed;

    point = yield t;
    evaluations++;
    const high = low === 0 ? 1 : 0;
    if (violatesDecrease(point) || point.loss >= ends[low].loss) {
      ends[high] = point;
      low = ends[0].loss <= ends[1].loss ? 0 : 1;
      continue;
    }
    const done = satisfiesCurvature(point);
    if (!done && point.slope * (ends[high].t - ends[low].t) >= 0) ends[high] = ends[low];
    ends[low] = point;
    if (done) break;
  }
  return { point: ends[low], evaluations };
}

/** Where the cubic through two points with their slopes has its minimum, kept within bounds; the middle if nowhere. */
function cubicMinimum(a: LinePoint, b: LinePoint, from: number, to: number): number {
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const d1 = left.slope + right.slope - (3 * (left.loss - right.loss)) / (left.t - right.t);
  const square = d1 ** 2 - left.slope * right.slope;
  if (!(square >= 0)) return (from + to) / 2;
  const d2 = Math.sqrt(square);
  const t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Math.min(Math.max(t, from), to);
}
