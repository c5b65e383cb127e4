import type { Route } from "./route.ts";

/** Names of the parameters in a path template, in order. */
export function parametersIn(template: string): string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
}

/** A route found for a path, with the decoded parameters. */
export interface Match {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

/** All routes that have this path, whatever their method. */
export function matcher(routes: readonly Route[]): (path: string) => readonly Match[] {
  const compiled = routes.map((route) => ({
    route,
    names: parametersIn(route.path),
    pattern: new RegExp(`^${route.path.replace(/\./g, "\\.").replace(/\{\w+\}/g, "([^/]+)")}$`),
  }));
  return (path) =>
    compiled.flatMap(({ route, names, pattern }) => {
      const found = pattern.exec(path);
      if (found === null) return [];
      const values = found.slice(1).map(decodePart);
      return values.includes(undefined)
        ? []
        : [{ route, path: Object.fromEntries(names.map((name, i) => [name, values[i]!])) }];
    });
}

function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
