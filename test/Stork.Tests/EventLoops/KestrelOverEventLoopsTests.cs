namespace Stork.Tests.EventLoops;

public sealed class KestrelOverEventLoopsTests() : KestrelSpecification(loops: 2);
