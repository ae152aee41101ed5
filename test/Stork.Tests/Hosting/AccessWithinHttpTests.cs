namespace Stork.Tests.Hosting;

[WithinHttp]
public sealed class AccessWithinHttpTests : AccessTests;
