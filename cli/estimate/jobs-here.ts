import type { RowsKind } from "../../services/coordinator/kinds/job-kind.ts";
import { resolveMessage, rowsKindNamed } from "../../services/coordinator/kinds/job-kinds.ts";
import type { Annotator } from "../../shared/annotators/annotator.ts";
import type { Registry } from "../../shared/annotators/registry/registry.ts";
import type { JobSpec } from "../../shared/contracts/job-entry.ts";
import { UserError } from "../../shared/errors.ts";

/** A job as a coordinator would make it of a message, known without one. */
export interface JobHere {
  /** The model's, as the message has it. */
  name: string;
  kind: RowsKind;
  spec: JobSpec;
  annotator: Annotator;
}

/** The jobs of a message, and sentences of those that a coordinator would refuse while others go on. */
export interface JobsHere {
  jobs: JobHere[];
  faults: string[];
}

/**
 * Resolves a message on this machine, with the kind's own code, so that what is estimated and shown is what a coordinator
 * would make of it. @throws UserError where it would refuse the whole
 */
export async function jobsHere(kind: string, message: unknown, registry: Registry): Promise<JobsHere> {
  const roots = { folders: [process.cwd()], closed: [] };
  const submitted = await resolveMessage(kind, message, { registry, roots, granted: true });
  if (!("plan" in submitted)) {
    const { spec } = submitted;
    const { annotator: name } = spec.dispatch;
    const job = { name, kind: rowsKindNamed(kind), spec, annotator: registry.resolve(name) };
    return { jobs: [job], faults: [] };
  }
  const found: JobsHere = { jobs: [], faults: [] };
  for (const step of submitted.plan.steps) {
    try {
      const { jobs, faults } = await jobsHere(step.kind, step.message, registry);
      found.jobs.push(...jobs.map((job) => ({ ...job, name: step.name })));
      found.faults.push(...faults);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      found.faults.push(`${step.name}: ${error.message}`);
    }
  }
  return found;
}
