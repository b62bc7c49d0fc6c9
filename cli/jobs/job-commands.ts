import type { JobKindName } from "../../services/coordinator/kinds/job-kinds.ts";
import { GENERATE_KIND } from "../../shared/contracts/messages/generate-message.ts";
import { JUDGE_KIND } from "../../shared/contracts/messages/judge-message.ts";
import { PIPELINE_KIND } from "../../shared/contracts/messages/pipeline-message.ts";
import { REANNOTATE_KIND } from "../../shared/contracts/messages/reannotate-message.ts";
import { generateCommand } from "../generate/generate-command.ts";
import { judgeCommand } from "../judge/judge-command.ts";
import { pipelineCommand } from "../pipeline/pipeline-command.ts";
import { reannotateCommand } from "../reannotate/reannotate-command.ts";
import { byFlags } from "./by-flags.ts";
import type { JobCommand } from "./job-command.ts";

/** How each kind of job is typed, in the order of the help. */
export const JOB_COMMANDS = {
  [REANNOTATE_KIND]: byFlags(REANNOTATE_KIND, reannotateCommand),
  [GENERATE_KIND]: byFlags(GENERATE_KIND, generateCommand),
  [JUDGE_KIND]: byFlags(JUDGE_KIND, judgeCommand),
  [PIPELINE_KIND]: pipelineCommand,
} satisfies Record<JobKindName, JobCommand>;
