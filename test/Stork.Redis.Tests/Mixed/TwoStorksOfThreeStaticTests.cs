namespace Stork.Redis.Tests.Mixed;

public sealed class TwoStorksOfThreeStaticTests(TwoStorksOfThreeStatic cluster) : MixedClusterTests<TwoStorksOfThreeStatic>(cluster);
