import { UserError } from "../../shared/errors.ts";

const PREFIX = "hf:";
/** An owner's or a repository's name, as the hub allows them. */
const NAME = /^(?!.*(?:--|\.\.))[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/;

/** The repository that `hf:owner/name` names. @throws UserError if it names none */
export function parseHubTarget(to: string): string {
  const repo = to.startsWith(PREFIX) ? to.slice(PREFIX.length) : to;
  const [owner = "", name = "", ...more] = repo.split("/");
  if (to.startsWith(PREFIX) && more.length === 0 && NAME.test(owner) && NAME.test(name)) return repo;
  throw new UserError(
    `--to is ${JSON.stringify(to)}: give hf:OWNER/NAME, letters, digits, "-", "_" and "." only, e.g. hf:alice/my-preferences.`,
  );
}
