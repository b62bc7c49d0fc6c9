import { type ModelWanted, samplingOfModel } from "../contracts/messages/generate-message.ts";
import { givenNames } from "../contracts/messages/sampling.ts";
import type { Call } from "./call.ts";

/** What a model is asked for its answers. */
export function generateCall({ values, given }: ModelWanted): Call {
  return {
    annotator: values.annotator,
    sampling: samplingOfModel(values),
    given: givenNames(given),
    pace: values,
  };
}
