/** Why bubblewrap holds nothing here: it is not installed, may make no namespaces, no `/proc`, no network, or says something else. */
export type WhyNoBubblewrap =
  | { is: 'missing' }
  | { is: 'namespaces' | 'proc' | 'network' | 'failed'; said: string };

/** Why Landlock holds nothing here: no Perl, not in the kernel, an old kernel, an unknown machine. */
export type WhyNoLandlock =
  | { is: 'no-perl' }
  | { is: 'off' }
  | { is: 'old'; abi: number }
  | { is: 'machine'; arch: string };

function noBubblewrap(why: WhyNoBubblewrap): string {
  if (why.is === 'missing') return 'bubblewrap is not installed';
  if (why.is === 'namespaces') return `bubblewrap may make no namespaces (${why.said})`;
  if (why.is === 'proc') return `bubblewrap may mount no /proc, as in a container (${why.said})`;
  if (why.is === 'network') return `bubblewrap may make no network of its own (${why.said})`;
  return `bubblewrap fails (${why.said})`;
}

function noLandlock(why: WhyNoLandlock): string {
  if (why.is === 'no-perl') return 'Landlock needs perl, which is not installed';
  if (why.is === 'off') return 'the kernel has no Landlock, or this container may not use it';
  if (why.is === 'old') return `Landlock of this kernel is too old (ABI ${why.abi}; 3 is needed, Linux 6.2)`;
  return `Landlock is not known on ${why.arch}`;
}

function install(why: WhyNoBubblewrap | undefined): string {
  if (why?.is === 'missing') return 'Install it (apt install bubblewrap)';
  if (why?.is === 'namespaces')
    return 'Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, or on Ubuntu 24.04 a profile of AppArmor for bwrap), see docs/sandbox.md';
  return 'See docs/sandbox.md';
}

/** Why a server could not be started as `user`, `nice`, `sandbox` and `image` ask, in English. `messages/` has the same in other languages. */
export const CONFINEMENT_WORDS = {
  'not-linux': ({ key, platform }: { key: string; platform: string }) => ({
    what: `\`${key}\` needs Linux, and this is ${platform}`,
    next: `Use \`image\` (Docker), or remove \`${key}\` from the entry if the server may run without it.`,
  }),
  'no-helper': ({ key, program }: { key: string; program: string }) => ({
    what: `\`${key}\` needs the program ${program}, which is not here`,
    next: `Install it (on Debian and Ubuntu it is part of util-linux or coreutils), or remove \`${key}\` from the entry.`,
  }),
  'no-user': ({ user }: { user: string }) => ({
    what: `there is no user ${user}`,
    next: 'Correct `user`, or make that user with useradd(8).',
  }),
  'user-not-root': ({ user }: { user: string }) => ({
    what: `only root may start programs as another user (${user})`,
    next: 'Run mcp-pipe as root, or as that user, or remove `user` from the entry.',
  }),
  'user-cannot-read': ({ user, path }: { user: string; path: string }) => ({
    what: `the user ${user} may not enter ${path}`,
    next: 'Let the user in (chmod o+x), or put the server where others may read.',
  }),
  'nice-not-root': ({ nice }: { nice: number }) => ({
    what: `only root may give \`nice\` ${nice}`,
    next: 'Use a number from 0 to 19, or run mcp-pipe as root.',
  }),
  'sandbox-refused': ({
    bubblewrap,
    landlock,
  }: {
    bubblewrap: WhyNoBubblewrap | undefined;
    landlock: WhyNoLandlock | undefined;
  }) => ({
    what: `nothing here can hold it in a sandbox: ${[
      ...(bubblewrap ? [noBubblewrap(bubblewrap)] : []),
      ...(landlock ? [noLandlock(landlock)] : []),
    ].join('; ')}`,
    next: `${install(bubblewrap)}; ${bubblewrap && landlock ? '' : 'or leave out `by`, so that what works here is taken; '}or use \`image\`, or remove \`sandbox\` from the entry.`,
  }),
  'sandbox-no-path': ({ path }: { path: string }) => ({
    what: `\`sandbox.write\` names ${path}, which does not exist`,
    next: 'Create it, or correct the path; a relative one is looked up from `cwd`.',
  }),
  'sandbox-own-file': ({ path, file }: { path: string; file: string }) => ({
    what: `\`sandbox.write\` names ${path}, where mcp-pipe has ${file}, which decides what is started next`,
    next: 'Name another folder, or a folder inside of it.',
  }),
  'sandbox-landlock-hides': ({ path, file }: { path: string; file: string }) => ({
    what: `${path} may be written and ${file} in it must not be seen, which Landlock cannot do`,
    next: 'Name folders without such files, or install bubblewrap (apt install bubblewrap).',
  }),
  'image-own-file': ({ path, file }: { path: string; file: string }) => ({
    what: `\`image.mounts\` names ${path}, where mcp-pipe has ${file}, which holds secrets or decides what is started next`,
    next: 'Mount another folder, or a folder inside of it.',
  }),
  'no-engine': (_: object) => ({
    what: '`image` needs docker or podman, and neither is in the PATH of this server',
    next: 'Install one (https://docs.docker.com/engine/install/), or start the server by `command`. In a container of mcp-pipe there is none.',
  }),
  'engine-down': ({ engine, said }: { engine: string; said: string }) => ({
    what: `${engine} does not answer (${said})`,
    next: `Start it (systemctl start ${engine}), and let the user that runs mcp-pipe use it; ${engine} version shows whether it does.`,
  }),
  'no-image': ({ engine, image, said }: { engine: string; image: string; said: string }) => ({
    what: `the image ${image} is not here and cannot be pulled (${said})`,
    next: `Correct \`image\`, or bring it here where there is a network: ${engine} pull ${image}, then ${engine} save and ${engine} load.`,
  }),
};
