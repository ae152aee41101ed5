namespace Stork.Redis.Tests.Mixed;

public sealed class OneStorkOfThreeStreamsTests(OneStorkOfThreeStreams cluster) : MixedClusterTests<OneStorkOfThreeStreams>(cluster);
