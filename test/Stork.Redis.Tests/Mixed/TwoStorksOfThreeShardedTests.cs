namespace Stork.Redis.Tests.Mixed;

public sealed class TwoStorksOfThreeShardedTests(TwoStorksOfThreeSharded cluster) : MixedClusterTests<TwoStorksOfThreeSharded>(cluster);
