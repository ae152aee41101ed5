namespace Stork.Redis.Tests.Mixed;

public sealed class TwoStorksOfThreeStreamsTests(TwoStorksOfThreeStreams cluster) : MixedClusterTests<TwoStorksOfThreeStreams>(cluster);
