import { authorizationRoutes } from './authorization-routes.ts';
import { certificateRegistrationRoutes } from './certificate-registration-routes.ts';
import { certificateRoutes } from './certificate-routes.ts';
import { dataRoutes } from './data-routes.ts';
import { groupListRoutes } from './group-list-routes.ts';
import { groupMemberRoutes } from './group-member-routes.ts';
import { groupRoutes } from './group-routes.ts';
import { policyRoutes } from './policy-routes.ts';
import { policyTargetRoutes } from './policy-target-routes.ts';
import { policyVersionRoutes } from './policy-version-routes.ts';
import { refusal } from './answer.ts';
import { ruleRoutes } from './rule-routes.ts';
import { settingsRoutes } from './settings-routes.ts';
import { thingListRoutes } from './thing-list-routes.ts';
import { thingRoutes } from './thing-routes.ts';
import { thingPrincipalListRoutes } from './thing-principal-list-routes.ts';
import { thingPrincipalRoutes } from './thing-principal-routes.ts';
import type { Plane } from './pipeline.ts';

/** How the IoT API names what is wrong with a caller. */
const ERROR_TYPE = {
  unsigned: 'MissingAuthenticationTokenException',
  'unknown-key': 'UnrecognizedClientException',
  'expired-token': 'ExpiredTokenException',
  skewed: 'InvalidSignatureException',
  forged: 'InvalidSignatureException',
  denied: 'AccessDeniedException',
} as const;

export const controlPlane: Plane = {
  services: ['iot', 'execute-api'], // the second by older AWS CLIs, 2.9.19 among them (their service model's signingName)
  routes: [
    ...certificateRegistrationRoutes,
    ...certificateRoutes,
    ...policyRoutes,
    ...policyVersionRoutes,
    ...policyTargetRoutes,
    ...authorizationRoutes,
    ...thingRoutes,
    ...thingListRoutes,
    ...thingPrincipalRoutes,
    ...thingPrincipalListRoutes,
    ...groupRoutes,
    ...groupListRoutes,
    ...groupMemberRoutes,
    ...settingsRoutes,
    ...ruleRoutes,
  ],
  throttled: { status: 400 },
  refuse: (reason, message) => refusal(ERROR_TYPE[reason], message),
};

/** The SDK signs for `iotdata`; the Developer Guide signs by hand for `iotdevicegateway`. */
export const dataPlane: Plane = {
  services: ['iotdata', 'iotdevicegateway'],
  routes: dataRoutes,
  throttled: { status: 429 },
  refuse: (_reason, message) => refusal('ForbiddenException', message),
};
