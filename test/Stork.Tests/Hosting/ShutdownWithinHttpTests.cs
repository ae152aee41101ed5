namespace Stork.Tests.Hosting;

[WithinHttp]
public sealed class ShutdownWithinHttpTests : ShutdownTests;
