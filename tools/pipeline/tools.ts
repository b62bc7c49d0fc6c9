import type { Tool } from "./tool.ts";
import {
  convertRankingsEvalTool,
  convertRankingsTool,
  convertRatingsEvalTool,
  convertRatingsTool,
} from "./tools/convert.ts";
import { agreementTool, consistencyTool, winrateTool } from "./tools/measures.ts";
import { mixTool } from "./tools/mix.ts";
import { binarizeTool, pairsTool, parseTool } from "./tools/preferences.ts";
import { publishTool } from "./tools/publish.ts";
import { reportTool } from "./tools/report.ts";
import { splitTool } from "./tools/split.ts";

/** The tools by the commands' names. */
export const TOOLS: ReadonlyMap<string, Tool> = new Map([
  ["mix", mixTool],
  ["preferences parse", parseTool],
  ["preferences binarize", binarizeTool],
  ["preferences pairs", pairsTool],
  ["convert ratings", convertRatingsTool],
  ["convert rankings", convertRankingsTool],
  ["convert ratings-eval", convertRatingsEvalTool],
  ["convert rankings-eval", convertRankingsEvalTool],
  ["split", splitTool],
  ["consistency", consistencyTool],
  ["winrate", winrateTool],
  ["agreement", agreementTool],
  ["report", reportTool],
  ["publish", publishTool],
]);
