namespace Stork.Tests.Hosting;

[WithinHttp]
public sealed class HttpWithinHttpTests : HttpTests;
