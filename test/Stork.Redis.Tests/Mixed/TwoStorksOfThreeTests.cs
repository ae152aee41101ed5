namespace Stork.Redis.Tests.Mixed;

public sealed class TwoStorksOfThreeTests(TwoStorksOfThree cluster) : PubSubClusterTests<TwoStorksOfThree>(cluster);
