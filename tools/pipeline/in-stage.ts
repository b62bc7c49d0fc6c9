import { UserError } from "../../shared/errors.ts";

/** Does what concerns a stage. @throws UserError with the stage's name before the sentence */
export function inStage<Result>(name: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw named(name, error);
  }
}

/** The same for what takes time. */
export async function whileInStage(name: string, act: () => Promise<void>): Promise<void> {
  await act().catch((error: unknown) => {
    throw named(name, error);
  });
}

function named(stage: string, error: unknown): unknown {
  if (!(error instanceof UserError)) return error;
  return new UserError(`Stage ${stage}: ${error.message}`, { cause: error, exitCode: error.exitCode });
}
