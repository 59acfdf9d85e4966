/** The SPDX identifiers that models and data usually carry (https://spdx.org/licenses/). */
const SPDX = [
  'AGPL-3.0-only',
  'AGPL-3.0-or-later',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BSL-1.0',
  'CC-BY-4.0',
  'CC-BY-NC-4.0',
  'CC-BY-NC-SA-4.0',
  'CC-BY-SA-4.0',
  'CC0-1.0',
  'CDLA-Permissive-2.0',
  'EPL-2.0',
  'EUPL-1.2',
  'GPL-2.0-only',
  'GPL-3.0-only',
  'GPL-3.0-or-later',
  'ISC',
  'LGPL-3.0-only',
  'LGPL-3.0-or-later',
  'MIT',
  'MPL-2.0',
  'ODbL-1.0',
  'PDDL-1.0',
  'Unlicense',
] as const;

/** The SPDX identifier in its own spelling, or undefined for any other name. */
export const spdxOf = (licence: string): string | undefined =>
  SPDX.find((id) => id.toLowerCase() === licence.trim().toLowerCase());

/** A licence as CycloneDX writes it: by identifier where there is one, else by name. */
export function licenceOf(licence: string): { id: string } | { name: string } {
  const id = spdxOf(licence);
  return id ? { id } : { name: licence };
}
