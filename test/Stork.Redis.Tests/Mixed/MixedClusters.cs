namespace Stork.Redis.Tests.Mixed;

/// <summary>One of three has moved.</summary>
public sealed class OneStorkOfThree() : MixedCluster("SNN");

/// <summary>Two of three have moved.</summary>
public sealed class TwoStorksOfThree() : MixedCluster("SSN");

/// <summary>All have moved.</summary>
public sealed class ThreeStorks() : MixedCluster("SSS");

/// <summary>One of three has moved; sharded.</summary>
public sealed class OneStorkOfThreeSharded() : MixedCluster("SNN", RedisAdapterMode.Sharded);

/// <summary>Two of three have moved; sharded.</summary>
public sealed class TwoStorksOfThreeSharded() : MixedCluster("SSN", RedisAdapterMode.Sharded);

/// <summary>All have moved; sharded.</summary>
public sealed class ThreeStorksSharded() : MixedCluster("SSS", RedisAdapterMode.Sharded);

/// <summary>Two of three have moved; sharded, without channels for rooms.</summary>
public sealed class TwoStorksOfThreeStatic() : MixedCluster("SSN", RedisAdapterMode.Sharded, RedisSubscriptionMode.Static);

/// <summary>One of three has moved; over streams.</summary>
public sealed class OneStorkOfThreeStreams() : MixedCluster("SNN", RedisAdapterMode.Streams);

/// <summary>Two of three have moved; over streams.</summary>
public sealed class TwoStorksOfThreeStreams() : MixedCluster("SSN", RedisAdapterMode.Streams);

/// <summary>All have moved; over streams.</summary>
public sealed class ThreeStorksStreams() : MixedCluster("SSS", RedisAdapterMode.Streams);
