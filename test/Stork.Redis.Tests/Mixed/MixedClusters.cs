namespace Stork.Redis.Tests.Mixed;

/// <summary>One of three has moved.</summary>
public sealed class OneStorkOfThree() : MixedCluster("SNN");

/// <summary>Two of three have moved.</summary>
public sealed class TwoStorksOfThree() : MixedCluster("SSN");

/// <summary>All have moved.</summary>
public sealed class ThreeStorks() : MixedCluster("SSS");
