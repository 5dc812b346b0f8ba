import { getProfileName, parseKnownFiles } from '@smithy/core/config';

/** Which profile, and in which files: as the SDK finds them, where nothing is said. */
export type ProfilePlace = {
  readonly profile?: string | undefined;
  readonly configFile?: string | undefined;
  readonly credentialsFile?: string | undefined;
};

/** A profile of the AWS configuration, as it is written there. */
export type Profile = {
  readonly name: string;
  readonly said: Readonly<Record<string, string | undefined>>;
};

/** The same place in the SDK's words. */
export function sharedFiles({ profile, configFile, credentialsFile }: ProfilePlace) {
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(configFile === undefined ? {} : { configFilepath: configFile }),
    ...(credentialsFile === undefined ? {} : { filepath: credentialsFile }),
  };
}

/** The profile, then the one that its role is assumed with, and so on to the one that has credentials of its own. */
export async function profilesBehind(place: ProfilePlace): Promise<readonly Profile[]> {
  const files = sharedFiles(place);
  const known = await parseKnownFiles(files);
  const found = new Map<string, Profile>();
  let name: string | undefined = getProfileName(files);
  while (name !== undefined && !found.has(name)) {
    const said: Profile['said'] = known[name] ?? {};
    found.set(name, { name, said });
    name = said['source_profile'];
  }
  return [...found.values()];
}
