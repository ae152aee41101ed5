namespace Stork.Redis.Tests.Mixed;

public sealed class OneStorkOfThreeShardedTests(OneStorkOfThreeSharded cluster) : MixedClusterTests<OneStorkOfThreeSharded>(cluster);
