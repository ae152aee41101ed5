namespace Stork.Redis.Tests.Mixed;

public sealed class ThreeStorksStreamsTests(ThreeStorksStreams cluster) : MixedClusterTests<ThreeStorksStreams>(cluster);
