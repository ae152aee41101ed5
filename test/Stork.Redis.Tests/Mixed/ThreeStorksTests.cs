namespace Stork.Redis.Tests.Mixed;

public sealed class ThreeStorksTests(ThreeStorks cluster) : PubSubClusterTests<ThreeStorks>(cluster);
