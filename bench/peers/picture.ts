/** @file Draws the comparison of training steps as SVG, with Apache ECharts, which needs neither browser nor canvas for it. */

interface ECharts {
  init(
    dom: null,
    theme: null,
    options: { renderer: "svg"; ssr: true; width: number; height: number },
  ): { setOption(option: object): void; renderToSVGString(): string; dispose(): void };
}

export interface Bar {
  readonly name: string;
  /** Milliseconds of a training step. */
  readonly ms: number;
}

/** Greys and colours that stand out from white and from nearly black alike: the background stays clear. */
const TEXT = "#808892";
const GRID = "#80889255";
const OURS = "#e8762d";
const THEIRS = "#5b8fd6";

const font = { color: TEXT, fontSize: 13, fontFamily: "Helvetica, Arial, sans-serif" };

const label = (ms: number) => `${ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0)} ms`;

/** A picture of some training steps, the fastest on top. */
export async function draw(bars: readonly Bar[]): Promise<string> {
  const name = "echarts";
  const echarts = (await import(name)) as ECharts;
  const sorted = [...bars].sort((a, b) => a.ms - b.ms);
  const decades = sorted.map(({ ms }) => Math.log10(ms));
  const least = 10 ** Math.floor(Math.min(...decades));
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: 760, height: 90 + 36 * bars.length });
  chart.setOption({
    animation: false,
    title: {
      text: "MNIST training step, batch of 128: milliseconds, logarithmic, less is better",
      left: "center",
      textStyle: { ...font, fontWeight: "normal" },
    },
    grid: { left: 190, right: 90, top: 40, bottom: 30 },
    xAxis: {
      type: "log",
      min: least,
      startValue: least,
      max: 10 ** Math.ceil(Math.max(...decades)),
      axisLabel: { ...font, formatter: (ms: number) => `${ms} ms` },
      splitLine: { lineStyle: { color: GRID } },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: sorted.map((bar) => bar.name),
      axisLabel: font,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: TEXT } },
    },
    series: [
      {
        type: "bar",
        barWidth: "62%",
        label: { show: true, position: "right", ...font, formatter: ({ value }: { value: number }) => label(value) },
        data: sorted.map(({ name, ms }) => ({
          value: ms,
          itemStyle: { color: name.startsWith("tapegrad") ? OURS : THEIRS },
        })),
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
