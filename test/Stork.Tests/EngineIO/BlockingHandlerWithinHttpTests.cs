namespace Stork.Tests.EngineIO;

[WithinHttp]
public sealed class BlockingHandlerWithinHttpTests : BlockingHandlerTests;
