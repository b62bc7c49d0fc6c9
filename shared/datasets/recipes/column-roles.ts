import { UserError } from "../../errors.ts";
import { nearestNames } from "../../words/nearest-names.ts";

/** What a column can be to Assay. */
export const ROLES = ["instruction", "input", "output", "prompt", "system", "messages"] as const;
export type Role = (typeof ROLES)[number];

/** Which column plays which role; an empty name says that none does, whatever the columns are called. */
export type ColumnRoles = Partial<Record<Role, string>>;

/** The names by which a role's column is known where the user names none; the first that is there counts. */
export const USUAL_NAMES: Record<Role, readonly string[]> = {
  messages: ["messages", "conversations"],
  instruction: ["instruction"],
  input: ["input"],
  prompt: ["prompt", "user_prompt", "question", "text"],
  output: ["annotation_original", "output", "response", "completion", "answer"],
  system: ["system_prompt", "system"],
};

/** Reads `instruction=q,input=ctx,output=a`. */
export function parseColumns(text: string): ColumnRoles {
  const roles = parseRoles(text, ROLES);
  const prompts = (["instruction", "prompt", "messages"] as const).filter((role) => roles[role]);
  if (prompts.length > 1) throw wrong(`${prompts.join(" and ")} exclude each other: name one`, ROLES);
  if (roles.input && prompts[0] !== undefined && prompts[0] !== "instruction") {
    throw wrong(`input goes with instruction, not with ${prompts[0]}: use --template to join columns`, ROLES);
  }
  return roles;
}

const EXAMPLE = "instruction=question,input=context,output=answer";

/** Reads `role=column,...`. A comma belongs to a column's name unless `role=` follows it. @throws UserError */
export function parseRoles<Name extends string>(
  text: string,
  names: readonly Name[],
  example = EXAMPLE,
): Partial<Record<Name, string>> {
  const roles: Partial<Record<Name, string>> = {};
  for (const part of text.split(/,(?=\s*\w+\s*=)/)) {
    const equals = part.indexOf("=");
    const given = part.slice(0, Math.max(equals, 0)).trim();
    if (equals < 0) throw wrong(`"${part.trim()}" is not role=column`, names, example);
    const role = names.find((name) => name === given);
    if (role === undefined) {
      const meant = nearestNames(given, names, 1)[0];
      throw wrong(`there is no role "${given}"${meant ? `, did you mean ${meant}` : ""}`, names, example);
    }
    if (roles[role] !== undefined) throw wrong(`${role} is given twice`, names, example);
    roles[role] = part.slice(equals + 1).trim();
  }
  return roles;
}

function wrong(what: string, names: readonly string[], example = EXAMPLE): UserError {
  return new UserError(
    `--columns is wrong: ${what}. Write e.g. --columns ${example} (roles: ${names.join(", ")}).`,
  );
}
