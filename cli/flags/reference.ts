import type { Argument, Command, Option } from "commander";

const BEGIN = "<!-- Made by `npm run reference` from the commands themselves: change it there. -->";
const END = "<!-- End of the reference. -->";
const WITHOUT_HEADING = "Flags:";

/** Flags under one heading, as they are written in the reference. */
interface Group {
  heading: string;
  text: string;
}

/** The page with its reference replaced by that of the program; all else stays. @throws Error without the two marks */
export function withReference(page: string, program: Command): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin)
    throw new Error(`The page needs the lines ${BEGIN} and ${END}, in this order.`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${referenceOf(program)}\n\n${page.slice(end)}`;
}

/**
 * Every command and every flag, with what the help says of it. A group of flags that several commands have in the same
 * words stands once, at the end.
 */
export function referenceOf(program: Command): string {
  const commands = allCommands(program);
  const shared = sharedGroups(commands);
  const parts = commands.map((command) => partOf(command, shared));
  const groups = [...shared].map(([heading, text]) => {
    const having = commands.filter((command) => groupsOf(command).some((group) => group.text === text));
    const names = having.map((command) => `\`${pathOf(command)}\``).join(", ");
    return `#### ${named(heading)}\n\nOf ${names}.\n\n${text}`;
  });
  if (groups.length === 0) return parts.join("\n\n");
  return [...parts, "### Flags of several commands", ...groups].join("\n\n");
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

/** Groups that more than one command has, by their heading; of two such under one heading the first. */
function sharedGroups(commands: readonly Command[]): Map<string, string> {
  const seen = new Set<string>();
  const shared = new Map<string, string>();
  for (const { heading, text } of commands.flatMap(groupsOf)) {
    const both = `${heading}\n${text}`;
    if (heading !== WITHOUT_HEADING && seen.has(both) && !shared.has(heading)) shared.set(heading, text);
    seen.add(both);
  }
  return shared;
}

function partOf(command: Command, shared: ReadonlyMap<string, string>): string {
  const groups = groupsOf(command);
  const own = groups.filter(({ heading, text }) => shared.get(heading) !== text);
  const others = groups.filter((group) => !own.includes(group)).map(({ heading }) => linkTo(heading));
  const hidden = command.options.filter((option) => option.hidden).map((option) => `\`${option.flags}\``);
  const lines = [
    `### \`${[pathOf(command), ...command.registeredArguments.map(argumentText)].join(" ")}\``,
    command.description(),
    command.aliases().length > 0 &&
      `Also: ${command
        .aliases()
        .map((name) => `\`${name}\``)
        .join(", ")}.`,
    argumentLines(command),
    ...own.flatMap(({ heading, text }) =>
      heading === WITHOUT_HEADING ? [text] : [`*${named(heading)}*`, text],
    ),
    others.length > 0 && `Flags of several commands: ${others.join(", ")}.`,
    hidden.length > 0 && `Taken as well: ${hidden.join(", ")}.`,
  ];
  return lines.filter((line) => line !== false && line !== "").join("\n\n");
}

function groupsOf(command: Command): Group[] {
  const groups = new Map<string, string[]>();
  for (const option of command.options) {
    if (option.hidden) continue;
    const heading = option.helpGroupHeading ?? WITHOUT_HEADING;
    groups.set(heading, [...(groups.get(heading) ?? []), flagLine(option)]);
  }
  return [...groups].map(([heading, lines]) => ({ heading, text: lines.join("\n") }));
}

function flagLine({ flags, description, defaultValue, mandatory }: Option): string {
  const usual = defaultValue === undefined ? "" : ` (default: ${defaultValue})`;
  return `- \`${flags}\`: ${description}${usual}${mandatory ? " (must be given)" : ""}`;
}

function argumentLines(command: Command): string {
  return command.registeredArguments
    .filter(({ description }) => description !== "")
    .map((argument) => {
      const usual = argument.defaultValue === undefined ? "" : ` (default: ${argument.defaultValue})`;
      return `- \`${argumentText(argument)}\`: ${argument.description}${usual}`;
    })
    .join("\n");
}

function argumentText(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

const named = (heading: string) => heading.replace(/:$/, "");

function linkTo(heading: string): string {
  const anchor = named(heading)
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");
  return `[${named(heading)}](#${anchor})`;
}
