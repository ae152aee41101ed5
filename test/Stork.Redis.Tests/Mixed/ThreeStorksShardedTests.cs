namespace Stork.Redis.Tests.Mixed;

public sealed class ThreeStorksShardedTests(ThreeStorksSharded cluster) : MixedClusterTests<ThreeStorksSharded>(cluster);
