import { CfnRoute, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { PlatformStack } from '../platform-stack.ts';

/**
 * Gives the routes that configuration names rates of their own; the others share the stage's.
 * @throws Error for a route that is not there, which a deployment would only find out half-way
 */
export function throttleRoutes(platform: PlatformStack): void {
  const within = platform.node.findAll();
  const routes = new Map(
    within.filter((c) => c instanceof CfnRoute).map((route) => [route.routeKey, route]),
  );
  const [stage] = within.filter((c) => c instanceof CfnStage) as [CfnStage];
  const throttles = Object.entries(platform.props.config.throttles);
  for (const [key] of throttles) {
    const route = routes.get(key);
    if (!route)
      throw new Error(
        `configuration: throttles: ${key}: there is no such route, only ${[...routes.keys()].sort().join(', ')}`,
      );
    stage.addResourceDependency(route);
  }
  stage.routeSettings = Object.fromEntries(
    throttles.map(([key, { rate, burst }]) => [
      key,
      { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst },
    ]),
  );
}
