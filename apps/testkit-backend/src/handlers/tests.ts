// Requests around each test: the driver's features and the time. No test is skipped.
import { answer, type Handlers } from "../context.ts";
import { FEATURES } from "../features.ts";

export const tests: Handlers = {
  GetFeatures: () => answer("FeatureList", { features: FEATURES }),

  StartTest: () => answer("RunTest"),

  StartSubTest: () => answer("RunTest"),

  FakeTimeInstall: (_data, { clock }) => {
    clock.install();
    return answer("FakeTimeAck");
  },

  FakeTimeTick: async ({ incrementMs }, { clock }) => {
    clock.tick(Number(incrementMs));
    return answer("FakeTimeAck");
  },

  FakeTimeUninstall: (_data, { clock }) => {
    clock.uninstall();
    return answer("FakeTimeAck");
  },
};
