namespace Stork.Redis.Tests.Mixed;

public sealed class OneStorkOfThreeTests(OneStorkOfThree cluster) : PubSubClusterTests<OneStorkOfThree>(cluster);
