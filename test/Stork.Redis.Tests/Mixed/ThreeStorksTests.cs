namespace Stork.Redis.Tests.Mixed;

public sealed class ThreeStorksTests(ThreeStorks cluster) : MixedClusterTests<ThreeStorks>(cluster);
