/** @file Digits as a hand draws them: strokes of a pointer, in shares of the field. */
import type { Page } from "playwright-core";

type Stroke = readonly (readonly [x: number, y: number])[];

function arc(cx: number, cy: number, rx: number, ry: number, from: number, to: number): Stroke {
  const steps = 24;
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)] as const;
  });
}

const DIGITS: Readonly<Record<number, readonly Stroke[]>> = {
  0: [arc(0.5, 0.5, 0.22, 0.32, -90, 270)],
  3: [[...arc(0.47, 0.33, 0.2, 0.15, -150, 90), ...arc(0.47, 0.65, 0.22, 0.17, -90, 150)]],
  7: [
    [
      [0.25, 0.22],
      [0.75, 0.22],
      [0.6, 0.5],
      [0.45, 0.82],
    ],
  ],
};

/** Draws a digit with the mouse, and gives what the page reads. */
export async function draw(page: Page, digit: 0 | 3 | 7): Promise<string> {
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  const pad = page.locator(".pg-pad");
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  if (box === null) throw new Error("there is no field to draw on");
  for (const [[x, y] = [0, 0], ...rest] of DIGITS[digit] ?? []) {
    await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
    await page.mouse.down();
    for (const [nextX, nextY] of rest)
      await page.mouse.move(box.x + nextX * box.width, box.y + nextY * box.height, { steps: 4 });
    await page.mouse.up();
  }
  // The bars of the last part of the stroke.
  await page.waitForTimeout(500);
  return (await page.locator(".pg-result").textContent()) ?? "";
}
