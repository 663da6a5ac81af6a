import { delimiter } from 'node:path';

/** The environment with a folder in front of PATH, which Windows may spell `Path`. */
export function withFirstInPath(
  folder: string,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const name = Object.keys(env).find((one) => /^path$/i.test(one)) ?? 'PATH';
  return { ...env, [name]: env[name] ? `${folder}${delimiter}${env[name]}` : folder };
}
