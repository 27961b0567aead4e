/** @file Numbers as Python's `format` writes them, which is what PyTorch prints. */

/**
 * Python's `f"{value:.{digits}f}"`, for magnitudes below 1e21.
 *
 * JavaScript's `toFixed` also rounds the exact binary value, but takes a tie away from zero where Python takes the
 * even digit, and drops the sign of -0.
 */
export function pythonFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  const magnitude = Math.abs(value);
  const rounded = magnitude.toFixed(digits);
  return sign(value) + (isTie(magnitude, -digits) ? toEven(rounded) : rounded);
}

/** Python's `f"{value:.{digits}e}"`: as {@link pythonFixed}, and the exponent has at least two digits. */
export function pythonExponential(value: number, digits: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  const magnitude = Math.abs(value);
  const [mantissa = "", exponent = ""] = magnitude.toExponential(digits).split("e");
  const rounded = isTie(magnitude, Number(exponent) - digits) ? toEven(mantissa) : mantissa;
  return `${sign(value)}${rounded}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, "0")}`;
}

/** Whether a magnitude is an odd multiple of half of 10^power: a tie when it is rounded to multiples of 10^power. */
function isTie(magnitude: number, power: number): boolean {
  // magnitude · 2 · 10^n is an odd integer if and only if magnitude · 2^(n+1) is one: a double has no factor 1/5 to be
  // cancelled by 5^n. The second product is exact.
  if (power <= 0) return (magnitude * 2 ** (1 - power)) % 2 === 1;
  // A tie is divisible by 5^power, and 5^23 has more than the 53 bits of a double. Below that all of this is exact.
  return power <= 22 && magnitude % Number(`1e${power}`) === Number(`5e${power - 1}`);
}

/** A tie was rounded up: if that left an odd last digit, the even neighbour is one below it, without a borrow. */
function toEven(roundedUp: string): string {
  const last = Number(roundedUp.at(-1));
  return last % 2 === 0 ? roundedUp : roundedUp.slice(0, -1) + (last - 1);
}

function sign(value: number): string {
  return value < 0 || Object.is(value, -0) ? "-" : "";
}

function nonFinite(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}
