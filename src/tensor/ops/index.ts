/** @file The table of all operations. */
import { asStrided, restride, stridedScatterAdd } from "../../autograd/view-tracking.ts";
import * as activation from "./activation.ts";
import { i0, i1 } from "./bessel.ts";
import * as binary from "./binary.ts";
import * as conv from "./conv.ts";
import { ctcLoss } from "./ctc.ts";
import { cdist, cdistGrad, cosineSimilarity, pdist } from "./distances.ts";
import * as hostLoops from "./host-loops.ts";
import * as indexing from "./indexing.ts";
import {
  cholesky,
  completeBasis,
  det,
  eig,
  eigh,
  eigvalsh,
  inv,
  lstsq,
  luFactor,
  pinv,
  qr,
  slogdet,
  solve,
  solveTriangular,
  svd,
  svdvals,
} from "./linalg.ts";
import * as loss from "./loss.ts";
import * as matmul from "./matmul.ts";
import * as movement from "./movement.ts";
import { nllLoss, nllLossGrad } from "./nll.ts";
import * as normalization from "./normalization.ts";
import { polygamma } from "./polygamma.ts";
import * as pooling from "./pooling.ts";
import * as reduce from "./reduce.ts";
import { recurrence, recurrenceGrad } from "./rnn.ts";
import { embeddingBag, gatherDot, gatherSum, scatterSum, weightedRows } from "./sampling.ts";
import * as scan from "./scan.ts";
import * as search from "./search.ts";
import * as softmax from "./softmax.ts";
import * as ternary from "./ternary.ts";
import * as transfer from "./transfer.ts";
import * as unary from "./unary.ts";
import * as view from "./view.ts";

export const ops = {
  asStrided,
  restride,
  stridedScatterAdd,
  ...activation,
  ...movement,
  ...binary,
  cdist,
  cdistGrad,
  cosineSimilarity,
  pdist,
  ...hostLoops,
  i0,
  i1,
  ...indexing,
  cholesky,
  completeBasis,
  det,
  eig,
  eigh,
  eigvalsh,
  inv,
  lstsq,
  luFactor,
  pinv,
  qr,
  slogdet,
  solve,
  solveTriangular,
  svd,
  svdvals,
  ...loss,
  ...matmul,
  nllLoss,
  nllLossGrad,
  ...normalization,
  polygamma,
  recurrence,
  recurrenceGrad,
  ...reduce,
  ...scan,
  ...search,
  ...softmax,
  ...ternary,
  ...transfer,
  ...unary,
  ...view,
  ...conv,
  ctcLoss,
  embeddingBag,
  gatherDot,
  gatherSum,
  scatterSum,
  weightedRows,
  ...pooling,
};
