import { z } from "zod";
import { DatasetRequest } from "../../../../shared/contracts/dataset-request.ts";
import { carryOutOrder } from "../../../../shared/datasets/children/child-order.ts";
import { JudgeTask } from "./judge-task.ts";
import { prepareJudgements } from "./prepare-judgements.ts";

/** The child process that turns items into the calls of their judgement. */
const Order = z.strictObject({ request: DatasetRequest, folder: z.string(), task: JudgeTask });

await carryOutOrder(Order, "The input cannot be read", ({ request, folder, task }) =>
  prepareJudgements(request, folder, task),
);
