"""Which roles AWS's services get: name, policy and rules of each service-linked role we know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct


class Template(Struct, frozen=True):
    """The role of one service principal. policy: the name under aws-service-role/.

    suffix: whether an account may have several, told apart by a suffix. description: what AWS writes there itself.
    """

    service: str
    role_name: str
    policy: str
    suffix: bool = False
    description: str | None = None


# Service principal without .amazonaws.com, name of the role after AWSServiceRoleFor, policy. Observed at AWS, or
# out of the services' guides.
ROWS: Final = (
    ("accountdiscovery.ssm", "AmazonSSM_AccountDiscovery", "AWSSystemsManagerAccountDiscoveryServicePolicy"),
    ("acm", "CertificateManager", "CertificateManagerServiceRolePolicy"),
    ("appmesh", "AppMesh", "AWSAppMeshServiceRolePolicy"),
    ("autoscaling-plans", "AutoScalingPlans_EC2AutoScaling", "AWSAutoScalingPlansEC2AutoScalingPolicy"),
    ("autoscaling", "AutoScaling", "AutoScalingServiceRolePolicy"),
    ("backup", "Backup", "AWSBackupServiceLinkedRolePolicyForBackup"),
    ("batch", "Batch", "BatchServiceRolePolicy"),
    ("cks.kms", "KeyManagementServiceCustomKeyStores", "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"),
    ("cloudtrail", "CloudTrail", "CloudTrailServiceRolePolicy"),
    ("codestar-notifications", "CodeStarNotifications", "AWSCodeStarNotificationsServiceRolePolicy"),
    ("config", "Config", "AWSConfigServiceRolePolicy"),
    ("connect", "AmazonConnect", "AmazonConnectServiceLinkedRolePolicy"),
    ("dms-fleet-advisor", "DMSFleetAdvisor", "AWSDMSFleetAdvisorServiceRolePolicy"),
    ("dms", "DMSServerless", "AWSDMSServerlessServiceRolePolicy"),
    ("docdb-elastic", "DocDB-Elastic", "AmazonDocDB-ElasticServiceRolePolicy"),
    ("ec2-instance-connect", "Ec2InstanceConnect", "Ec2InstanceConnectEndpoint"),
    ("ecr", "ECRTemplate", "ECRTemplateServiceRolePolicy"),
    ("ecs", "ECS", "AmazonECSServiceRolePolicy"),
    ("eks-connector", "AmazonEKSConnector", "AmazonEKSConnectorServiceRolePolicy"),
    ("eks-fargate", "AmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy"),
    ("eks-nodegroup", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
    ("eks", "AmazonEKS", "AmazonEKSServiceRolePolicy"),
    ("elasticache", "ElastiCache", "ElastiCacheServiceRolePolicy"),
    ("elasticbeanstalk", "ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy"),
    ("elasticfilesystem", "AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy"),
    ("elasticloadbalancing", "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"),
    ("email.cognito-idp", "AmazonCognitoIdpEmailService", "AmazonCognitoIdpEmailServiceRolePolicy"),
    ("emr-containers", "AmazonEMRContainers", "AmazonEMRContainersServiceRolePolicy"),
    ("emrwal", "EMRWAL", "EMRDescribeClusterPolicyForEMRWAL"),
    ("fis", "FIS", "AmazonFISServiceRolePolicy"),
    ("grafana", "AmazonGrafana", "AmazonGrafanaServiceLinkedRolePolicy"),
    ("hyperpod.sagemaker", "SageMakerHyperPod", "AmazonSageMakerHyperPodServiceRolePolicy"),
    ("imagebuilder", "ImageBuilder", "AWSServiceRoleForImageBuilder"),
    ("inference.sagemaker", "SageMakerInference", "AmazonSageMakerInferenceServiceRolePolicy"),
    ("iotmanagedintegrations", "IoTManagedIntegrations", "AWSIoTManagedIntegrationsRolePolicy"),
    ("kafka", "Kafka", "KafkaServiceRolePolicy"),
    ("kafkaconnect", "KafkaConnect", "KafkaConnectServiceRolePolicy"),
    ("lakeformation", "LakeFormationDataAccess", "LakeFormationDataAccessServiceRolePolicy"),
    ("lex", "LexBots", "AmazonLexBotPolicy"),
    ("lexv2", "LexV2Bots", "AmazonLexV2BotPolicy"),
    ("lightsail", "Lightsail", "LightsailExportAccess"),
    ("m2", "AWSM2", "AWSM2ServicePolicy"),
    ("memorydb", "MemoryDB", "MemoryDBServiceRolePolicy"),
    ("mq", "AmazonMQ", "AmazonMQServiceRolePolicy"),
    ("mrk.kms", "KeyManagementServiceMultiRegionKeys", "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"),
    ("notifications", "AwsUserNotifications", "AWSUserNotificationsServiceLinkedRolePolicy"),
    ("observability.aoss", "AmazonOpenSearchServerless", "AmazonOpenSearchServerlessServiceRolePolicy"),
    ("opensearchservice", "AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"),
    ("ops.apigateway", "APIGateway", "APIGatewayServiceRolePolicy"),
    ("ops.emr-serverless", "AmazonEMRServerless", "AmazonEMRServerlessServiceRolePolicy"),
    ("opsdatasync.ssm", "SystemsManagerOpsDataSync", "AWSSystemsManagerOpsDataSyncServiceRolePolicy"),
    ("opsinsights.ssm", "AmazonSSM_OpsInsights", "AWSSSMOpsInsightsServiceRolePolicy"),
    ("organizations", "Organizations", "AWSOrganizationsServiceTrustPolicy"),
    ("pullthroughcache.ecr", "ECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy"),
    ("ram", "ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy"),
    ("rds", "RDS", "AmazonRDSServiceRolePolicy"),
    ("redshift", "Redshift", "AmazonRedshiftServiceLinkedRolePolicy"),
    ("replication.cassandra", "KeyspacesReplication", "KeyspacesReplicationServiceRolePolicy"),
    ("replication.ecr", "ECRReplication", "ECRReplicationServiceRolePolicy"),
    ("repository.sync.codeconnections", "GitSync", "AWSGitSyncServiceRolePolicy"),
    ("resource-explorer-2", "ResourceExplorer", "AWSResourceExplorerServiceRolePolicy"),
    ("rolesanywhere", "RolesAnywhere", "AWSRolesAnywhereServicePolicy"),
    ("s3-outposts", "S3OnOutposts", "AWSS3OnOutpostsServiceRolePolicy"),
    ("sagemaker-queuing.batch", "AWSBatchWithSagemaker", "AWSBatchServiceRolePolicyForSageMaker"),
    ("sagemaker", "AmazonSageMakerNotebooks", "AmazonSageMakerNotebooksServiceRolePolicy"),
    ("ses", "AmazonSES", "AmazonSESServiceRolePolicy"),
    ("shield", "AWSShield", "AWSShieldServiceRolePolicy"),
    ("ssm-incidents", "IncidentManager", "AWSIncidentManagerServiceRolePolicy"),
    ("ssm-quicksetup", "SSMQuickSetup", "SSMQuickSetupRolePolicy"),
    ("ssm", "AmazonSSM", "AmazonSSMServiceRolePolicy"),
    ("sso", "SSO", "AWSSSOServiceRolePolicy"),
    ("vpcorigin.cloudfront", "CloudFrontVPCOrigin", "AWSCloudFrontVPCOriginServiceRolePolicy"),
    ("waf", "WAFLogging", "WAFLoggingServiceRolePolicy"),
    ("wafv2", "WAFV2Logging", "WAFV2LoggingServiceRolePolicy"),
)  # fmt: skip
# What Application Auto Scaling scales: service, and the word in the names of role and policy.
SCALED: Final = (
    ("appstream", "AppStreamFleet"),
    ("cassandra", "CassandraTable"),
    ("comprehend", "ComprehendEndpoint"),
    ("dynamodb", "DynamoDBTable"),
    ("ec2", "EC2SpotFleetRequest"),
    ("ecs", "ECSService"),
    ("elasticache", "ElastiCacheRG"),
    ("elasticmapreduce", "EMRInstanceGroup"),
    ("kafka", "KafkaCluster"),
    ("lambda", "LambdaConcurrency"),
    ("neptune", "NeptuneCluster"),
    ("rds", "RDSCluster"),
    ("sagemaker", "SageMakerEndpoint"),
)
SUFFIXED: Final = frozenset({"autoscaling", "connect", "lexv2"})
DESCRIBED: Final = {
    "rds": "Allows Amazon RDS to manage AWS resources on your behalf",
    "ssm": "Provides access to AWS Resources managed or used by Amazon SSM.",
    "sso": (
        "Service-linked role used by AWS SSO to manage AWS resources, including IAM roles, policies and SAML IdP "
        "on your behalf."
    ),
}


def _template(name: str, role: str, policy: str) -> Template:
    return Template(
        f"{name}.amazonaws.com",
        f"AWSServiceRoleFor{role}",
        policy,
        suffix=name in SUFFIXED,
        description=DESCRIBED.get(name),
    )


TEMPLATES: Final[Mapping[str, Template]] = {
    template.service: template
    for template in (
        *(_template(*row) for row in ROWS),
        *(
            _template(
                f"{service}.application-autoscaling",
                f"ApplicationAutoScaling_{what}",
                f"AWSApplicationAutoscaling{what}Policy",
            )
            for service, what in SCALED
        ),
        _template(
            "custom-resource.application-autoscaling",
            "ApplicationAutoScaling_CustomResource",
            "AWSApplicationAutoScalingCustomResourcePolicy",
        ),
    )
}
