namespace Stork.Tests.EventLoops;

public sealed class KestrelOverItsOwnSocketsTests() : KestrelSpecification(loops: 0);
