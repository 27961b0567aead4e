/** @file Entry point `tapegrad/plot`: curves of training. */
export {
  type Curves,
  type CurvesLike,
  type PlotOptions,
  plot,
  type SparklineOptions,
  sparkline,
} from "../plot/plot.ts";
