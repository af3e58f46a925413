namespace PkiCore.Tests.Repository;

public sealed class ArrowsTests
{
    [Fact]
    public void Sources_use_only_the_rooms_they_may_use() =>
        Assert.Empty(SourceFiles.Under("src").SelectMany(Arrows.Violations));

    [Theory]
    [InlineData("using PkiCore.Serving;")]
    [InlineData("global using PkiCore.Serving;")]
    [InlineData("using static PkiCore.Serving.Presigner;")]
    [InlineData("using Lane = PkiCore.Serving.LiveSigner;")]
    [InlineData("namespace PkiCore.Ocsp; class A { global::PkiCore.Serving.Presigner? _b; }")]
    [InlineData("using PkiCore.AspNetCore;")]
    [InlineData("using PkiCore.Unheard;")]
    public void Forbidden_arrow_is_found(string code) =>
        Assert.Single(Arrows.Violations(new SourceFile("src/PkiCore/Ocsp/A.cs", code)));

    [Theory]
    [InlineData("src/PkiCore/Ocsp/A.cs", "using PkiCore.Asn1;\nusing PkiCore.Status;\nnamespace PkiCore.Ocsp;")]
    [InlineData("src/PkiCore/Ocsp/A.cs", "// see PkiCore.Serving\nclass A { string B = \"PkiCore.Serving\"; }")]
    [InlineData("src/PkiCore/Ocsp/A.cs", "class A { object B = Not.PkiCore.Serving.C; }")]
    [InlineData("src/PkiCore/Pkcs11/Interop/A.cs", "using PkiCore.Signing;\nnamespace PkiCore.Pkcs11.Interop;")]
    [InlineData("src/PkiCore.AspNetCore/A.cs", "using PkiCore.Serving;\nnamespace PkiCore.AspNetCore;")]
    [InlineData("src/PkiCore.Responder/A.cs", "using PkiCore.AspNetCore;\nnamespace PkiCore.Responder.Commands;")]
    [InlineData("src/PkiCore.Galera/A.cs", "using PkiCore.Crl;\nusing PkiCore.Status;\nnamespace PkiCore.Galera.Feed;")]
    [InlineData("src/PkiCore/AssemblyInfo.cs", "[assembly: System.CLSCompliant(false)]")]
    public void Allowed_arrow_is_not_reported(string path, string code) =>
        Assert.Empty(Arrows.Violations(new SourceFile(path, code)));

    [Theory]
    [InlineData("src/PkiCore/Ocsp/A.cs", "namespace PkiCore.Status;")]
    [InlineData("src/PkiCore/Extra/A.cs", "namespace PkiCore.Extra;")]
    [InlineData("src/PkiCore/A.cs", "namespace PkiCore;")]
    [InlineData("src/PkiCore.AspNetCore/A.cs", "using PkiCore.Responder;")]
    [InlineData("src/PkiCore.Galera/A.cs", "using PkiCore.MariaDb;")]
    [InlineData("src/PkiCore.MariaDb/A.cs", "using PkiCore.X509;")]
    public void Wrong_place_is_found(string path, string code) =>
        Assert.Single(Arrows.Violations(new SourceFile(path, code)));
}
