namespace Stork.Redis.Tests.Mixed;

public sealed class TwoStorksOfThreeTests(TwoStorksOfThree cluster) : MixedClusterTests<TwoStorksOfThree>(cluster);
